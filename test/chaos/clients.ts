/** Clients of a run: most are well-behaved, some leave, some are hostile. */
import { Dice } from "./dice.ts";
import { marked } from "./journal.ts";
import { POISON } from "./upstreams.ts";

const KINDS = {
  whole: 28,
  stream: 30,
  "leaves in the middle": 8,
  "leaves at once": 5,
  poison: 8,
  "many choices": 5,
  "long cap": 4,
  twice: 5,
  "bad body": 4,
  "unknown model": 3,
};
export type Kind = keyof typeof KINDS;

/** Who asks nothing unusual, and waits for the answer. */
export const WELL_BEHAVED: ReadonlySet<Kind> = new Set(["whole", "stream", "many choices", "long cap", "twice"]);

export interface Outcome {
  readonly number: number;
  readonly kind: Kind;
  readonly payer: string;
  readonly model: string;
  readonly startMs: number;
  endMs: number;
  /** 0 = there was no answer. */
  status: number;
  /** `req_…` of each answer of the request; a request that is sent twice has two. */
  readonly ids: string[];
  /** Words that the client was given. */
  words: number;
  /** The answer came to its end, without an error in it. */
  isWhole: boolean;
}

export interface Payer {
  readonly name: string;
  readonly key: string;
}

export interface Target {
  /** Asked for each request: it changes when the gateway is killed. */
  readonly url: () => string;
  readonly payers: readonly Payer[];
}

/** Sends the request of this number. Never rejects. */
export async function send(number: number, seed: number, { url, payers }: Target): Promise<Outcome> {
  const dice = new Dice(seed ^ Math.imul(number, 0x9e3779b1));
  const kind = dice.pick(KINDS);
  const payer = payers[dice.between(0, payers.length - 1)];
  if (payer === undefined) throw new Error("nobody pays");
  const model = kind === "unknown model" ? "nothing" : dice.pick({ safe: 70, auto: 15, risky: 15 });
  const outcome: Outcome = {
    number,
    kind,
    payer: payer.name,
    model,
    startMs: Date.now(),
    endMs: 0,
    status: 0,
    ids: [],
    words: 0,
    isWhole: false,
  };
  const body = kind === "bad body" ? `{"model":` : JSON.stringify(bodyOf(outcome, dice));
  const leaveAfterMs = dice.between(0, 30);
  const sent = Array.from({ length: kind === "twice" ? 2 : 1 }, async () =>
    sendOnce(url(), payer, { outcome, body, leaveAfterMs }),
  );
  await Promise.all(sent.map(async (one) => one.catch(() => undefined)));
  outcome.endMs = Date.now();
  return outcome;
}

interface Sending {
  readonly outcome: Outcome;
  readonly body: string;
  readonly leaveAfterMs: number;
}

async function sendOnce(url: string, { key }: Payer, { outcome, body, leaveAfterMs }: Sending): Promise<void> {
  const { number, kind } = outcome;
  const leaving = new AbortController();
  if (kind === "leaves at once") setTimeout(() => leaving.abort(), leaveAfterMs);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
      "x-request-id": `c${number}`,
      ...(kind === "twice" ? { "idempotency-key": `twice-${number}` } : {}),
    },
    body,
    signal: leaving.signal,
  });
  outcome.status = response.status;
  outcome.ids.push(response.headers.get("x-request-id") ?? "");
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      if (kind === "leaves in the middle" && text.length > 600) leaving.abort();
    }
    const isStream = response.headers.get("content-type")?.includes("event-stream") === true;
    outcome.isWhole =
      response.status === 200 && (isStream ? text.includes("[DONE]") && !text.includes('"error"') : true);
  } finally {
    // Both answers of a request that is sent twice are the same.
    if (response.status === 200) outcome.words = text.split("word ").length - 1;
  }
}

function bodyOf({ number, kind, model }: Outcome, dice: Dice): object {
  const text = marked(number, "tell me a story ".repeat(dice.between(1, 20)));
  const streams = kind === "stream" || kind === "leaves in the middle" || dice.next() < 0.3;
  const poison = POISON[dice.between(0, POISON.length - 1)] ?? "";
  const role = kind === "poison" && dice.next() < 0.5 ? poison : "user";
  return {
    model,
    stream: streams,
    messages: [{ role, content: kind === "poison" ? `${text} ${poison}` : text }],
    ...(kind === "many choices" ? { n: dice.between(2, 8), max_tokens: 50 } : {}),
    ...(kind === "long cap" ? { max_tokens: 1_000_000 } : {}),
    ...(kind === "twice" ? { stream: false } : {}),
  };
}
