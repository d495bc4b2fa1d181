/** `--model name=upstream-name,input=2.5,output=10,auto=100,tools`: a model, its price and its route in one word. */
import { CAPABILITIES, OPERATIONS, type Capability, type Operation } from "../../operation/operations.ts";
import { readCount, readTokenPrice } from "./amounts.ts";
import { Problem } from "./problem.ts";

export const MODEL_FORM = "NAME[=UPSTREAM-NAME],input=PRICE,output=PRICE[,SETTING]…";

export interface ModelOption {
  readonly name: string;
  readonly upstreamName: string;
  readonly operation: Operation;
  /** Fields of the operator API's model. */
  readonly fields: Readonly<Record<string, number>>;
  readonly capabilities: readonly Capability[];
  /** Fields of the operator API's price. */
  readonly price: Readonly<Record<string, number>>;
}

const PRICES: Readonly<Record<string, string>> = {
  input: "input_nanos",
  output: "output_nanos",
  "cached-read": "cached_read_nanos",
  "cache-write": "cache_write_nanos",
  reasoning: "reasoning_nanos",
};
const COUNTS: Readonly<Record<string, string>> = {
  auto: "auto_weight",
  context: "context_length",
  "max-output": "max_output",
  tier: "tier",
};

/** @throws Problem */
export function parseModelOption(text: string): ModelOption {
  const [names = "", ...settings] = text.split(",").map((part) => part.trim());
  const [name = "", upstreamName = name] = names.split("=");
  if (name === "" || upstreamName === "") throw wrong(text, "it names no model");
  const fields: Record<string, number> = {};
  const price: Record<string, number> = {};
  const capabilities: Capability[] = [];
  let operation: Operation = "chat";
  for (const setting of settings) {
    const [key = "", value] = setting.split("=");
    const option = `--model ${name}: ${key}`;
    const capability = CAPABILITIES.find((known) => known === key);
    const chosen = OPERATIONS.find((known) => known === value);
    if (PRICES[key] !== undefined && value !== undefined) price[PRICES[key]] = readTokenPrice(value, option);
    else if (COUNTS[key] !== undefined) fields[COUNTS[key]] = readCount(value, option);
    else if (key === "operation" && chosen !== undefined) operation = chosen;
    else if (capability !== undefined && value === undefined) capabilities.push(capability);
    else throw wrong(text, `it has no setting '${setting}'`);
  }
  if (price["input_nanos"] === undefined || price["output_nanos"] === undefined) {
    throw wrong(text, "it needs input= and output=, the prices for a million tokens (0 = free)");
  }
  return { name, upstreamName, operation, fields, capabilities, price };
}

export const MODEL_SETTINGS = [
  `prices for a million tokens: ${Object.keys(PRICES)
    .map((name) => `${name}=`)
    .join(" ")}`,
  `numbers: ${Object.keys(COUNTS)
    .map((name) => `${name}=`)
    .join(" ")} (auto: its share of requests for the model 'auto')`,
  `operation=${OPERATIONS.join("|")} (${OPERATIONS[0]} unless said)`,
  `what it takes beyond text: ${CAPABILITIES.join(" ")}`,
];

function wrong(text: string, why: string): Problem {
  return new Problem(
    `--model '${text}' cannot be used: ${why}.\nIts form is ${MODEL_FORM}, with\n  ${MODEL_SETTINGS.join("\n  ")}`,
    2,
  );
}
