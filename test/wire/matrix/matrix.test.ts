/** Every client's wire over every upstream's wire: the same conversation, whole and streamed. */
import { describe, expect, it } from "vitest";
import { FrameReader } from "../../../src/core/frame.ts";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { WIRES } from "../../../src/wire/index.ts";
import { passage, type Passage } from "../../../src/wire/passage.ts";
import type { Target, Wire } from "../../../src/wire/types.ts";
import { ASKED, MATCH, TARGET } from "../support.ts";
import type { Case } from "./case.ts";
import { CASES } from "./cases.ts";
import { STREAMS } from "./streams.ts";

const NAMES = Object.keys(STREAMS) as (keyof typeof WIRES)[];
const PAIRS = NAMES.flatMap((client) => NAMES.map((upstream) => [client, upstream] as const));
/** Google's clients name the model and the form of the answer in the path. */
const GOOGLE_MATCH = { ...MATCH, params: { call: "m:streamGenerateContent" }, query: () => "sse" };
/** Those that the model has a price for. */
const FEES = new Set(["searches"] as const);
const NO_COUNT = () => {
  throw new Error("the upstream's own count is to be used");
};

function wireOf(name: string): Wire {
  const wire = (WIRES as Readonly<Record<string, Wire>>)[name];
  if (wire === undefined) throw new Error(`no wire ${name}`);
  return wire;
}

function carry({ asks }: Case, client: string, upstream: string, target: Partial<Target>): Passage {
  const request = wireOf(client).read(jsonPayload(asks[client] ?? {}), GOOGLE_MATCH);
  const cap = request.demand.maxOutput;
  const outputCap = cap === undefined ? {} : { outputCap: { field: "max_tokens", tokens: cap } };
  const carried = passage(request, wireOf(upstream), { ...TARGET, ...outputCap, fees: FEES, ...target });
  if (carried === undefined) throw new Error("not carried");
  return carried;
}

/** What the client of a stream gets, as a whole answer. */
function folded(client: string, text: string): JsonObject {
  const fold = wireOf(client).fold?.();
  for (const { data, event } of new FrameReader().feed(text)) {
    if (data === "[DONE]") continue;
    const value = JSON.parse(data) as JsonObject;
    if (client === "anthropic.messages") expect(event, "the name of the event").toBe(value["type"]);
    fold?.add({ draft: new JsonDraft(value) });
  }
  return fold?.answer().value ?? {};
}

describe.each(PAIRS)("%s over %s", (client, upstream) => {
  const cases = CASES.filter(
    ({ upstreams = NAMES, clients = NAMES }) => upstreams.includes(upstream) && clients.includes(client),
  ).map((one) => [one.name, one] as const);

  it.each(cases)("%s: the upstream is asked in its own words", (_name, one) => {
    const { payload } = carry(one, client, upstream, {});
    if (payload.kind !== "json") throw new Error("not JSON");
    // Over its own wire, a request keeps its words.
    expect(payload.value).toMatchObject(client === upstream ? {} : (one.sent[upstream] ?? {}));
  });

  it.each(cases)("%s: the client gets a stream", (_name, one) => {
    const carried = carry(one, client, upstream, { stream: true });
    for (const frame of STREAMS[upstream]?.(one.answer) ?? []) carried.frame(frame);
    expect(carried.streams).toBe(true);
    expect(folded(client, carried.close(NO_COUNT))).toMatchObject(one.gets[client] ?? {});
  });

  it.each(cases)("%s: the client gets a whole answer", (_name, one) => {
    const fold = wireOf(upstream).fold?.();
    const reader = wireOf(upstream).answers(TARGET, ASKED);
    for (const frame of STREAMS[upstream]?.(one.answer) ?? [])
      for (const piece of reader.step(frame).pieces) fold?.add(piece);
    const carried = carry(one, client, upstream, {});
    carried.whole(jsonPayload(fold?.answer().value ?? {}));
    const answer = carried.answer(NO_COUNT);
    if (answer.kind !== "json") throw new Error("not JSON");
    expect(carried.streams).toBe(false);
    expect(answer.value).toMatchObject(one.gets[client] ?? {});
  });
});
