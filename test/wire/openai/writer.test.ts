/** Usage reaches a streaming client exactly once, and only the latest finish chunk waits for it. */
import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { chat } from "../../../src/wire/openai/chat.ts";
import type { ClientWriter, Piece } from "../../../src/wire/types.ts";
import { readRequest } from "../support.ts";

const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
const COUNTED = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

function writer(wantsUsage: boolean): ClientWriter {
  const messages = [{ role: "user", content: "Hello" }];
  return chat.client(readRequest(chat, { messages, stream_options: { include_usage: wantsUsage } }));
}

interface Form {
  finishes?: boolean;
  usage?: unknown;
  empty?: boolean;
}

/** A chunk of one choice, or of none. */
function chunk(name: string, { finishes = false, usage, empty = false }: Form = {}): Piece {
  const choices = empty ? [] : [{ index: 0, delta: { content: name }, finish_reason: finishes ? "stop" : null }];
  const value = { id: "c1", object: "chat.completion.chunk", choices, ...(usage === undefined ? {} : { usage }) };
  return { draft: new JsonDraft(value, JSON.stringify(value)) };
}

/** A short form of a stream's text: the content of each chunk, and its usage where it has the field. */
function short(text: string): unknown[] {
  return text
    .split("\n\n")
    .filter((line) => line !== "")
    .map((line) => {
      expect(line).toMatch(/^data: [^\n]+$/);
      const data = line.slice("data: ".length);
      if (data === "[DONE]") return "done";
      const { choices, error, ...rest } = JSON.parse(data) as JsonObject;
      if (error !== undefined) return "error";
      const [choice] = choices as { delta: { content: string } }[];
      const name = choice?.delta.content ?? "usage only";
      return "usage" in rest ? [name, rest["usage"]] : name;
    });
}

const counted = () => ({ input: 3, output: 4 });

function written(pieces: readonly Piece[], wantsUsage: boolean): unknown[] {
  const to = writer(wantsUsage);
  return short(pieces.map((piece) => to.write(piece)).join("") + to.end(counted));
}

const finish = (usage?: unknown) => chunk("end", { finishes: true, usage });
const usageOnly = () => chunk("", { empty: true, usage: USAGE });

describe("usage", () => {
  it.each<[string, () => Piece[], unknown[], unknown[]]>([
    [
      "after the end",
      () => [chunk("a"), finish(), usageOnly()],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "on the end",
      () => [chunk("a"), finish(USAGE)],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "everywhere, growing",
      () => [chunk("a", { usage: { prompt_tokens: 5 } }), finish(USAGE)],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "before the end",
      () => [chunk("a"), usageOnly(), finish()],
      ["a", ["end", USAGE]],
      [
        ["a", null],
        ["end", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "nowhere",
      () => [chunk("a"), finish()],
      ["a", "end"],
      [
        ["a", null],
        ["end", null],
        ["usage only", COUNTED],
      ],
    ],
    [
      "nowhere, as null",
      () => [chunk("a", { usage: null }), finish(null)],
      ["a", "end"],
      [
        ["a", null],
        ["end", null],
        ["usage only", COUNTED],
      ],
    ],
    [
      "after two ends",
      () => [chunk("end 1", { finishes: true }), chunk("end 2", { finishes: true }), usageOnly()],
      ["end 1", ["end 2", USAGE]],
      [
        ["end 1", null],
        ["end 2", null],
        ["usage only", USAGE],
      ],
    ],
    [
      "after an end that more came after",
      () => [finish(), chunk("more"), usageOnly()],
      ["end", "more"],
      [
        ["end", null],
        ["more", null],
        ["usage only", USAGE],
      ],
    ],
    ["of an empty stream", () => [], [], []],
  ])("that comes %s is put where the client reads it", (_title, pieces, unasked, asked) => {
    expect(written(pieces(), false)).toEqual([...unasked, "done"]);
    expect(written(pieces(), true)).toEqual([...asked, "done"]);
  });

  it("holds back the finish chunk, and no other", () => {
    const to = writer(false);
    expect(short(to.write(chunk("a")))).toEqual(["a"]);
    expect(to.waits).toBe(false);
    expect(to.write(finish())).toBe("");
    expect(to.waits).toBe(true);
    expect(short(to.flush())).toEqual(["end"]);
    expect(to.waits).toBe(false);
    expect(to.flush()).toBe("");
    expect(to.write(usageOnly())).toBe("");
    expect(short(to.end(counted))).toEqual(["done"]);
  });

  it("holds back nothing for a client that asked for it", () => {
    const to = writer(true);
    expect(short(to.write(finish()))).toEqual([["end", null]]);
    expect(to.waits).toBe(false);
  });
});

describe("a stream that breaks", () => {
  it("ends with the finish chunk that was held back, the error and [DONE]", () => {
    const to = writer(false);
    to.write(finish());
    expect(short(to.fail({ error: { message: "x" } }))).toEqual(["end", "error", "done"]);
  });
});

describe("a chunk", () => {
  it("that nobody edits leaves as it came, but on one line", () => {
    const text =
      '{ "id" : "c1",\r\n "object":"chat.completion.chunk","n":9223372036854775807,\n"choices":[{"index":0,"delta":{"content":"\\u00e9"},"finish_reason":null}]}';
    const out = writer(false).write({ draft: new JsonDraft(JSON.parse(text) as JsonObject, text) });
    expect(out).toBe(`data: ${text.replaceAll(/[\r\n]/g, "")}\n\n`);
  });
});

describe("a whole answer", () => {
  const answer = (fields: JsonObject) => {
    const value = { id: "c1", choices: [], ...fields };
    const payload = writer(false).whole(new JsonDraft(value, JSON.stringify(value)), counted);
    return payload.kind === "json" ? payload.text : payload.kind;
  };

  it("keeps the upstream's usage, and gets ours where there is none", () => {
    expect(answer({ usage: USAGE })).toBe(JSON.stringify({ id: "c1", choices: [], usage: USAGE }));
    expect(answer({})).toBe(JSON.stringify({ id: "c1", choices: [], usage: COUNTED }));
    expect(answer({ usage: null })).toBe(JSON.stringify({ id: "c1", choices: [], usage: COUNTED }));
  });
});
