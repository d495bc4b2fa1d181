/** Whatever a client or an upstream sends, in place of anything: it is taken or refused, and nothing breaks. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { isObject, type JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { UpstreamError } from "../../src/core/upstream-error.ts";
import { WIRES } from "../../src/wire/index.ts";
import {
  asInput,
  idOf,
  ownItems,
  readStateAsked,
  referencesIn,
  withId,
  withItems,
} from "../../src/wire/openai/response-state.ts";
import { passage } from "../../src/wire/passage.ts";
import type { Wire } from "../../src/wire/types.ts";
import { CASES } from "./matrix/cases.ts";
import { FEATURES, PLAIN } from "./matrix/features.ts";
import { STREAMS } from "./matrix/streams.ts";
import { ASKED, MATCH, TARGET } from "./support.ts";

const NAMES = Object.keys(PLAIN) as (keyof typeof PLAIN)[];
const GOOGLE = { ...MATCH, params: { call: "m:streamGenerateContent" }, query: () => "sse" };
const FEES = new Set(["searches", "calls", "tier", "cacheWrite1h"] as const);
const RUNS = 3000;

/** Values that nobody expects. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  "",
  "x",
  "\u0000",
  [],
  [null],
  [[]],
  {},
  { type: "x" },
  { toString: 1 },
];
const odd = fc.constantFrom(...ODD);

/** Every place in a value: what holds it, and its name there. */
function placesIn(value: unknown, found: [JsonObject | unknown[], string | number][] = []) {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      found.push([value, index]);
      placesIn(item, found);
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      found.push([value, name]);
      placesIn(item, found);
    }
  }
  return found;
}

/** Replaces, removes or doubles what stands in some places. */
function spoil(value: JsonObject, edits: readonly { place: number; what: unknown }[]): JsonObject {
  const copy = structuredClone(value);
  for (const { place, what } of edits) {
    const places = placesIn(copy);
    const [holder, name] = places[place % Math.max(1, places.length)] ?? [];
    if (holder === undefined || name === undefined) continue;
    if (Array.isArray(holder)) holder[name as number] = structuredClone(what);
    else if (what === undefined) delete holder[name];
    else holder[name] = structuredClone(what);
  }
  // As it comes over a wire.
  return JSON.parse(JSON.stringify(copy)) as JsonObject;
}

const edits = fc.array(fc.record({ place: fc.nat(400), what: fc.oneof(odd, fc.constant(undefined)) }), {
  minLength: 1,
  maxLength: 3,
});

/** @throws anything but what a client or an upstream is answered with */
function mayRefuse(step: () => unknown): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof Fault) && !(error instanceof UpstreamError)) throw error;
  }
}

const bodiesOf = (client: (typeof NAMES)[number]) => [
  ...CASES.flatMap(({ asks }) => (asks[client] === undefined ? [] : [asks[client]])),
  ...FEATURES.flatMap(({ features }) =>
    features.flatMap(({ asks }) => (asks[client] === undefined ? [] : [{ ...PLAIN[client], ...asks[client] }])),
  ),
];

describe.each(NAMES)("%s", (name) => {
  const wire: Wire = WIRES[name];

  it("takes any request, or refuses it", () => {
    const bodies = bodiesOf(name);
    fc.assert(
      fc.property(fc.nat(bodies.length - 1), edits, fc.constantFrom(...NAMES), (which, changes, upstream) => {
        mayRefuse(() => {
          const request = wire.read(jsonPayload(spoil(bodies[which] ?? {}, changes)), GOOGLE);
          request.promptText();
          request.beginning?.();
          const carried = passage(request, WIRES[upstream], { ...TARGET, fees: FEES });
          if (carried?.payload.kind === "json") JSON.parse(carried.payload.text);
        });
      }),
      { numRuns: RUNS },
    );
  });

  it("takes any answer of its upstream, or calls it broken", () => {
    const clients = NAMES.map((client) => [client, WIRES[client].read(jsonPayload(PLAIN[client]), GOOGLE)] as const);
    const answers = CASES.filter(({ upstreams = NAMES }) => upstreams.includes(name)).map(({ answer }) => answer);
    fc.assert(
      fc.property(
        fc.nat(answers.length - 1),
        fc.array(fc.record({ frame: fc.nat(40), changes: edits }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...clients),
        fc.boolean(),
        (which, spoilt, [, request], stream) => {
          const answer = answers[which];
          if (answer === undefined) return;
          const frames = (STREAMS[name]?.(answer) ?? []).map((frame) => ({ ...frame }));
          for (const { frame, changes } of spoilt) {
            const one = frames[frame % frames.length];
            if (one === undefined || one.data === "[DONE]") continue;
            one.data = JSON.stringify(spoil(JSON.parse(one.data) as JsonObject, changes));
          }
          mayRefuse(() => {
            const carried = passage(request, wire, { ...TARGET, stream, fees: FEES });
            for (const frame of frames) carried?.frame(frame);
            carried?.end();
            if (stream) carried?.close(() => ({ input: 1, output: 1 }));
            else carried?.answer(() => ({ input: 1, output: 1 }));
          });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("takes any whole answer of its upstream, or calls it broken", () => {
    const clients = NAMES.map((client) => WIRES[client].read(jsonPayload(PLAIN[client]), GOOGLE));
    const wholes = CASES.filter(({ upstreams = NAMES }) => upstreams.includes(name)).map(({ answer }) => {
      const fold = wire.fold?.();
      const reader = wire.answers(TARGET, ASKED);
      for (const frame of STREAMS[name]?.(answer) ?? [])
        for (const piece of reader.step(frame).pieces) fold?.add(piece);
      return structuredClone(fold?.answer().value ?? {});
    });
    fc.assert(
      fc.property(
        fc.nat(wholes.length - 1),
        edits,
        fc.constantFrom(...clients),
        fc.boolean(),
        (which, changes, request, stream) => {
          mayRefuse(() => {
            const carried = passage(request, wire, { ...TARGET, stream, fees: FEES });
            carried?.whole(jsonPayload(spoil(wholes[which] ?? {}, changes)));
            if (carried?.streams === true) carried.close(() => ({ input: 1, output: 1 }));
            else expect(carried?.answer(() => ({ input: 1, output: 1 })).kind).toBe("json");
          });
        },
      ),
      { numRuns: RUNS },
    );
  });
});

it("items of any request are kept and sent again, or refused", () => {
  const bodies = bodiesOf("openai.responses");
  fc.assert(
    fc.property(fc.nat(bodies.length - 1), edits, (which, changes) => {
      mayRefuse(() => {
        const payload = jsonPayload(spoil(bodies[which] ?? {}, changes));
        readStateAsked(payload.value);
        referencesIn(payload.value);
        const kept = ownItems(payload).map(withId);
        expect(kept.every((item) => idOf(item) !== undefined || !isObject(JSON.parse(item)))).toBe(true);
        const whole = withItems(payload, [...kept.map(asInput), ...ownItems(payload)]);
        expect(JSON.parse(whole.text)).toEqual(whole.value);
        WIRES["openai.responses"].read(whole, MATCH);
      });
    }),
    { numRuns: RUNS },
  );
});
