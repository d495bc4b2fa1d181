/** `--model name=upstream-name,input=2.5,output=10,auto=100,tools`: a model, its price and its route in one word. */
import { CAPABILITIES, OPERATIONS, type Capability, type Operation } from "../../operation/operations.ts";
import { UNIT_NAMES, UNITS, type Unit } from "../../core/units.ts";
import { usualWire } from "../../relay/usual-wire.ts";
import { WIRE_NAMES, type WireName } from "../../wire/index.ts";
import { MILLION, readCount, readPrice } from "./amounts.ts";
import { Problem } from "./problem.ts";

export const MODEL_FORM = "NAME[=UPSTREAM-NAME],input=PRICE,output=PRICE[,SETTING]…";

export interface ModelOption {
  readonly name: string;
  readonly upstreamName: string;
  readonly operation: Operation;
  /** Of its route. */
  readonly wire: WireName;
  /** Fields of the operator API's model. */
  readonly fields: Readonly<Record<string, number>>;
  readonly capabilities: readonly Capability[];
  /** Fields of the operator API's price. */
  readonly price: Readonly<Record<string, number>>;
}

/** The unit of each price setting: `cached-read` is the price of `cachedRead`. */
const PRICES: ReadonlyMap<string, Unit> = new Map(
  UNIT_NAMES.map((unit) => [UNITS[unit].price.replaceAll("_", "-"), unit]),
);
const COUNTS: Readonly<Record<string, string>> = {
  auto: "auto_weight",
  context: "context_length",
  "max-output": "max_output",
  tier: "tier",
};

/** @param kind of the upstream @throws Problem */
export function parseModelOption(text: string, kind: string): ModelOption {
  const [names = "", ...settings] = text.split(",").map((part) => part.trim());
  const [name = "", upstreamName = name] = names.split("=");
  if (name === "" || upstreamName === "") throw wrong(text, "it names no model");
  const fields: Record<string, number> = {};
  const price: Record<string, number> = {};
  const capabilities: Capability[] = [];
  let operation: Operation = "chat";
  let named: WireName | undefined;
  for (const setting of settings) {
    const [key = "", value] = setting.split("=");
    const option = `--model ${name}: ${key}`;
    const capability = CAPABILITIES.find((known) => known === key);
    const chosen = OPERATIONS.find((known) => known === value);
    const wire = WIRE_NAMES.find((known) => known === value);
    const unit = PRICES.get(key);
    if (unit !== undefined && value !== undefined) price[`${UNITS[unit].price}_nanos`] = readPrice(value, unit, option);
    else if (COUNTS[key] !== undefined) fields[COUNTS[key]] = readCount(value, option);
    else if (key === "operation" && chosen !== undefined) operation = chosen;
    else if (key === "wire" && wire !== undefined) named = wire;
    else if (capability !== undefined && value === undefined) capabilities.push(capability);
    else throw wrong(text, `it has no setting '${setting}'`);
  }
  if (price["input_nanos"] === undefined || price["output_nanos"] === undefined) {
    throw wrong(text, "it needs input= and output=, the prices for a million tokens (0 = free)");
  }
  const wire = named ?? usualWire(kind, operation);
  if (wire === undefined)
    throw wrong(text, `upstreams of the kind '${kind}' have no wire for operation=${operation}; name one with wire=`);
  return { name, upstreamName, operation, wire, fields, capabilities, price };
}

function settingsQuoted(holds: (quotedPer: number) => boolean): string {
  return [...PRICES].flatMap(([name, unit]) => (holds(UNITS[unit].quotedPer) ? [`${name}=`] : [])).join(" ");
}

export const MODEL_SETTINGS = [
  `prices for a million tokens: ${settingsQuoted((per) => per === MILLION)}`,
  `prices for one: ${settingsQuoted((per) => per !== MILLION)}`,
  `numbers: ${Object.keys(COUNTS)
    .map((name) => `${name}=`)
    .join(" ")} (auto: its share of requests for the model 'auto')`,
  `operation=${OPERATIONS.join("|")} (${OPERATIONS[0]} unless said)`,
  `wire=${WIRE_NAMES.join("|")} (unless said: what is usual for the kind of the upstream and the operation)`,
  `what it takes beyond text: ${CAPABILITIES.join(" ")}`,
];

function wrong(text: string, why: string): Problem {
  return new Problem(
    `--model '${text}' cannot be used: ${why}.\nIts form is ${MODEL_FORM}, with\n  ${MODEL_SETTINGS.join("\n  ")}`,
    2,
  );
}
