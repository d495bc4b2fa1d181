import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { placeUsage } from "../../src/relay/stream.ts";
import type { WireEvent } from "../../src/wire/types.ts";

const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };

/** An event of one choice, or of none. */
function event(name: string, { finishes = false, usage, empty = false }: EventForm = {}): WireEvent {
  const choices = empty ? [] : [{ delta: { content: name }, finish_reason: finishes ? "stop" : null }];
  return {
    body: { id: "c1", choices, ...(usage === undefined ? {} : { usage }) },
    meaningful: true,
    finishes,
    usageOnly: empty,
    usage: undefined,
    said: { output: name, reasoning: "" },
  };
}

interface EventForm {
  finishes?: boolean;
  usage?: unknown;
  empty?: boolean;
}

async function* stream(events: readonly WireEvent[], error?: Error): AsyncGenerator<WireEvent, void, undefined> {
  yield* events;
  if (error !== undefined) throw error;
}

/** What comes out, in short: the content of each event, and its usage where it has the field. */
async function place(events: readonly WireEvent[], wantsUsage: boolean, error?: Error): Promise<unknown[]> {
  const out: unknown[] = [];
  try {
    for await (const { body } of placeUsage(stream(events, error), wantsUsage)) {
      const [choice] = body["choices"] as { delta: { content: string } }[];
      const name = choice?.delta.content ?? "usage only";
      out.push("usage" in body ? [name, body["usage"]] : name);
    }
  } catch (thrown) {
    out.push((thrown as Fault).kind);
  }
  return out;
}

const finish = (usage?: unknown) => event("end", { finishes: true, usage });
const usageOnly = () => event("", { empty: true, usage: USAGE });

describe("placeUsage", () => {
  it.each<[string, () => WireEvent[], unknown[], unknown[]]>([
    [
      "after the end",
      () => [event("a"), finish(), usageOnly()],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "on the end",
      () => [event("a"), finish(USAGE)],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "everywhere, growing",
      () => [event("a", { usage: { prompt_tokens: 5 } }), finish(USAGE)],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "before the end",
      () => [event("a"), usageOnly(), finish()],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "nowhere",
      () => [event("a"), finish()],
      ["a", "end"],
      [
        ["a", null],
        ["end", null],
      ],
    ],
    [
      "nowhere, as null",
      () => [event("a", { usage: null }), finish(null)],
      ["a", "end"],
      [
        ["a", null],
        ["end", null],
      ],
    ],
    [
      "after two ends",
      () => [event("end 1", { finishes: true }), event("end 2", { finishes: true }), usageOnly()],
      ["end 1", ["end 2", USAGE]],
      [
        ["end 1", null],
        ["end 2", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "after an end that more came after",
      () => [finish(), event("more"), usageOnly()],
      ["end", "more"],
      [
        ["end", null],
        ["more", null],
        ["usage only", USAGE],
      ],
    ],
    ["of an empty stream", () => [], [], []],
  ])("puts usage that comes %s where the client reads it", async (_title, events, unasked, asked) => {
    expect(await place(events(), false)).toEqual(unasked);
    expect(await place(events(), true)).toEqual(asked);
  });

  it("gives the end that it held back when the stream breaks", async () => {
    const broken = new Fault("upstream_error");
    expect(await place([event("a"), finish()], false, broken)).toEqual(["a", "end", "upstream_error"]);
    expect(await place([event("a")], true, broken)).toEqual([["a", null], "upstream_error"]);
  });

  it("gives every other event before it asks for the next", async () => {
    const order: string[] = [];
    async function* sender(): AsyncGenerator<WireEvent, void, undefined> {
      for (const name of ["a", "b", "c"]) {
        order.push(`sent ${name}`);
        yield event(name);
      }
    }
    for await (const { body } of placeUsage(sender(), false)) {
      order.push(`read ${(body["choices"] as { delta: { content: string } }[])[0]?.delta.content}`);
    }
    expect(order).toEqual(["sent a", "read a", "sent b", "read b", "sent c", "read c"]);
  });

  it("does not hold an end for longer than it may", async () => {
    let release = () => undefined as void;
    const released = new Promise<void>((resolve) => (release = resolve));
    async function* sender(): AsyncGenerator<WireEvent, void, undefined> {
      yield finish();
      await released;
      yield usageOnly();
    }
    const placed = placeUsage(sender(), false);
    // It comes although the sender waits for it.
    const first = await placed.next();
    expect(first.value).toMatchObject({ finishes: true });
    release();
    expect((await placed.next()).done).toBe(true);
  });

  it("lets the sender go when the reader leaves", async () => {
    let gone = false;
    async function* sender(): AsyncGenerator<WireEvent, void, undefined> {
      try {
        for (;;) yield event("a");
      } finally {
        gone = true;
      }
    }
    for await (const _event of placeUsage(sender(), false)) break;
    expect(gone).toBe(true);
  });
});
