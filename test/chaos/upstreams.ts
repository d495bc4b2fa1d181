/**
 * Three upstreams: `steady` answers everybody; `echo` too, but refuses hostile prompts and quotes them; `wild` stalls, breaks,
 * lies and refuses as it likes.
 */
import { chunk, completion, startUpstream, type Exchange, type ScriptedUpstream } from "../support/upstream.ts";
import type { Dice } from "./dice.ts";
import { numberIn, type Call, type Journal } from "./journal.ts";

const UPSTREAMS = ["steady", "echo", "wild"] as const;
export type UpstreamName = (typeof UPSTREAMS)[number];
/** What a client writes to have an upstream taken from others. */
export const POISON = ["insufficient_quota", "invalid_api_key", "model_not_found", "rate_limit_exceeded"];

/** What `wild` does, and how often. */
const WILD = {
  answer: 40,
  "late answer": 5,
  "no usage": 6,
  "too much usage": 5,
  "no prompt": 4,
  "more cached than read": 4,
  "early usage": 4,
  "broken stream": 6,
  "reset at once": 5,
  hang: 1,
  garbage: 4,
  "error in a 200": 4,
  "status 401": 1,
  "status 402": 1,
  "status 403": 1,
  "status 429": 4,
  "status 500": 5,
  "status 503": 3,
};
type Act = keyof typeof WILD | "refuse";

export async function startUpstreams(journal: Journal, dice: Dice): Promise<Record<UpstreamName, ScriptedUpstream>> {
  const started = await Promise.all(
    UPSTREAMS.map(async (name) => {
      const upstream = await startUpstream();
      upstream.script("upstream-model", async (exchange) => {
        upstream.received.length = 0;
        await serve(name, exchange, { journal, dice });
      });
      return [name, upstream] as const;
    }),
  );
  return Object.fromEntries(started) as Record<UpstreamName, ScriptedUpstream>;
}

async function serve(
  name: UpstreamName,
  exchange: Exchange,
  { journal, dice }: { readonly journal: Journal; readonly dice: Dice },
): Promise<void> {
  const prompt = JSON.stringify(exchange.body["messages"]);
  const number = numberIn(prompt);
  const isPoisoned = POISON.some((word) => prompt.includes(word));
  const act: Act = name === "wild" ? dice.pick(WILD) : name === "echo" && isPoisoned ? "refuse" : "answer";
  const isHonest = ["answer", "late answer", "refuse"].includes(act);
  const call: Call = { upstream: name, act, isHonest, isWhole: false };
  // The gateway's own probes carry no number.
  if (number !== undefined) journal.add(number, call);
  await play(act, exchange, { call, dice, prompt });
}

interface Stage {
  readonly call: Call;
  readonly dice: Dice;
  readonly prompt: string;
}

/** What is done in place of an answer. */
const OTHERWISE: Partial<Record<Act, (exchange: Exchange, stage: Stage) => unknown>> = {
  refuse: (exchange, { prompt }) =>
    exchange.json({ error: { message: `Invalid value: ${prompt}`, type: "invalid_request_error" } }, 400),
  "reset at once": (exchange) => exchange.reset(),
  hang: () => undefined,
  garbage: (exchange) => exchange.json("no object"),
  "error in a 200": (exchange) => exchange.json({ error: { message: "Overloaded", code: 500 } }),
  "late answer": async (exchange, stage) => {
    await new Promise((resolve) => setTimeout(resolve, stage.dice.between(300, 1500)));
    await answer("late answer", exchange, stage);
  },
};

async function play(act: Act, exchange: Exchange, stage: Stage): Promise<void> {
  const otherwise = OTHERWISE[act];
  if (otherwise !== undefined) await otherwise(exchange, stage);
  else if (act.startsWith("status ")) {
    const status = Number(act.slice(-3));
    const headers: Record<string, string> = status === 429 ? { "retry-after": "1" } : {};
    exchange.json({ error: { message: "no", code: status } }, status, headers);
  } else await answer(act, exchange, stage);
}

async function answer(act: Act, exchange: Exchange, { call, dice, prompt }: Stage): Promise<void> {
  const { body } = exchange;
  const choices = Number(body["n"] ?? 1);
  const cap = Number(body["max_tokens"] ?? body["max_completion_tokens"] ?? 60);
  const words = Math.max(1, Math.min(cap, dice.between(1, 60)));
  const hidden = dice.next() < 0.2 ? Math.max(0, Math.min(cap - words, dice.between(0, 200))) : 0;
  const honest = { input: Math.ceil(prompt.length / 4), output: (words + hidden) * choices };
  const usage = usageFor(act, honest);
  if (usage !== undefined) call.reported = { input: usage.prompt_tokens, output: usage.completion_tokens };
  const text = "word ".repeat(words);
  if (body["stream"] !== true) {
    const message = { role: "assistant", content: text };
    call.isWhole = true;
    return exchange.json(
      completion("", {
        choices: Array.from({ length: choices }, (_, index) => ({ index, message, finish_reason: "stop" })),
        usage,
      }),
    );
  }
  exchange.openStream();
  if (act === "early usage") exchange.event({ ...chunk({}), choices: [], usage: { ...usage, completion_tokens: 1 } });
  for (let word = 0; word < words; word++) {
    if (act === "broken stream" && word > words / 2) return exchange.reset();
    for (let index = 0; index < choices; index++)
      exchange.event({ ...chunk({}), choices: [{ index, delta: { content: "word " }, finish_reason: null }] });
    if (word % 10 === 9) await new Promise((resolve) => setTimeout(resolve, dice.between(1, 20)));
  }
  for (let index = 0; index < choices; index++)
    exchange.event({ ...chunk({}), choices: [{ index, delta: {}, finish_reason: "stop" }] });
  if (usage !== undefined && act !== "early usage") exchange.event({ ...chunk({}), choices: [], usage });
  call.isWhole = true;
  exchange.done();
}

interface Report {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

/** What is reported in place of the truth. */
const REPORTS: Partial<Record<Act, (honest: Report) => Report | undefined>> = {
  "no usage": () => undefined,
  "too much usage": (honest) => ({ ...honest, completion_tokens: 99_999_999, total_tokens: 99_999_999 }),
  "no prompt": (honest) => ({ ...honest, prompt_tokens: 0 }),
  "more cached than read": (honest) => ({
    ...honest,
    prompt_tokens_details: { cached_tokens: honest.prompt_tokens * 10 },
  }),
};

function usageFor(
  act: Act,
  { input, output }: { readonly input: number; readonly output: number },
): Report | undefined {
  const honest = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const report = REPORTS[act];
  return report === undefined ? honest : report(honest);
}
