/**
 * Random conversations and answers go through each wire and come back: written by its codec, and read by it again. What a wire
 * has no word for is left out of what is expected; LOSSES.md lists it.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Usage } from "../../src/core/units.ts";
import type { ChatEvent } from "../../src/operation/chat/answer-events.ts";
import type {
  ChatRequest,
  MediaPart,
  Part,
  Proof,
  ReasoningPart,
  Sampling,
  ToolCallPart,
  ToolResultPart,
  Turn,
} from "../../src/operation/chat/conversation.ts";
import type { ChatCodec } from "../../src/wire/codec.ts";
import { WIRES } from "../../src/wire/index.ts";
import type { Piece, Wire } from "../../src/wire/types.ts";
import { MATCH, TARGET } from "./support.ts";

/** What a wire has words for. */
interface Words {
  readonly vendor: Proof["vendor"];
  /** Thoughts come back with their proofs; Google keeps proofs on calls alone. */
  readonly thoughts: boolean;
  /** Its calls have ids. */
  readonly ids: boolean;
  readonly sampling: readonly (keyof Sampling)[];
}

const ALL: readonly (keyof Sampling)[] = [
  "temperature",
  "topP",
  "topK",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "stop",
];
const without = (...names: (keyof Sampling)[]) => ALL.filter((name) => !names.includes(name));

const WORDS = {
  "openai.chat": { vendor: "anthropic", thoughts: true, ids: true, sampling: without("topK") },
  "openai.responses": { vendor: "openai", thoughts: true, ids: true, sampling: ["temperature", "topP"] },
  "anthropic.messages": { vendor: "anthropic", thoughts: true, ids: true, sampling: ["topK", "stop", "temperature"] },
  "gemini.generate": { vendor: "google", thoughts: false, ids: false, sampling: ALL },
} as const satisfies Record<string, Words>;

const NAMES = Object.keys(WORDS) as (keyof typeof WORDS)[];
const codecOf = (name: string): ChatCodec => {
  const codec = (WIRES as Readonly<Record<string, Wire>>)[name]?.codec;
  if (codec === undefined) throw new Error(`no codec of ${name}`);
  return codec;
};

/** Letters of one, two, three and four bytes, quotes, line ends; never blank at an end. */
const text = fc
  .array(fc.constantFrom("a", "é", "世", "😀", '"', "\\", "\n", " ", "{", "</b>"), { minLength: 1, maxLength: 8 })
  .map((letters) => `x${letters.join("")}x`);
const name = fc.constantFrom("f", "g", "look_up");
const json = fc.dictionary(
  fc.constantFrom("a", "b", "ü"),
  fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
);
const schema = { type: "object", properties: { a: { type: "string" } } };
const base64 = fc.constantFrom("AAAA", "iVBORw0KGgo=");

const media: fc.Arbitrary<MediaPart> = fc.oneof(
  base64.map((data): MediaPart => ({ kind: "image", source: { kind: "data", type: "image/png", data } })),
  fc.constant<MediaPart>({ kind: "image", source: { kind: "url", url: "https://example.com/a.png" } }),
  base64.map((data): MediaPart => ({ kind: "file", source: { kind: "data", type: "application/pdf", data } })),
);

/** What the model says and calls, and what the user answers to it. */
interface Exchange {
  readonly asks: { readonly media: readonly MediaPart[]; readonly text: string };
  readonly thought: string | undefined;
  readonly says: string | undefined;
  readonly calls: readonly {
    readonly name: string;
    readonly args: object;
    readonly result: string;
    readonly fails: boolean;
  }[];
}

const exchange: fc.Arbitrary<Exchange> = fc.record({
  asks: fc.record({ media: fc.array(media, { maxLength: 2 }), text }),
  thought: fc.option(text, { nil: undefined }),
  says: fc.option(text, { nil: undefined }),
  calls: fc.array(fc.record({ name, args: json, result: text, fails: fc.boolean() }), { maxLength: 3 }),
});

const sampling: fc.Arbitrary<Sampling> = fc.record(
  {
    temperature: fc.constantFrom(0, 0.5, 1),
    topP: fc.constantFrom(0.1, 1),
    topK: fc.constantFrom(1, 40),
    seed: fc.integer({ min: 0, max: 999 }),
    presencePenalty: fc.constantFrom(-1, 0.5),
    frequencyPenalty: fc.constantFrom(-1, 0.5),
    stop: fc.array(fc.constantFrom("END", "世"), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);

const settings = fc.record(
  {
    toolChoice: fc.oneof(
      fc.constantFrom({ mode: "auto" } as const, { mode: "none" } as const, { mode: "required" } as const),
      fc.constant({ mode: "required", allowed: ["f"] } as const),
    ),
    format: fc.constantFrom({ schema }, undefined),
  },
  { requiredKeys: [] },
);

function turnsOf(exchanges: readonly Exchange[], { vendor, thoughts }: Words): Turn[] {
  return exchanges.flatMap(({ asks, thought, says, calls }, number): Turn[] => {
    const proof: Proof = { vendor, kind: "signature", value: `proof${number}=` };
    const called = calls.map((one, position): ToolCallPart => ({
      kind: "tool-call",
      id: `call_${number}_${position}`,
      name: one.name,
      input: JSON.stringify(one.args),
      ...(thoughts || position > 0 ? {} : { proof }),
    }));
    const results = calls.map(({ result, fails }, position): ToolResultPart => ({
      kind: "tool-result",
      id: `call_${number}_${position}`,
      content: [{ kind: "text", text: result }],
      ...(fails ? { isError: true } : {}),
    }));
    const thinks: ReasoningPart[] =
      thought === undefined || !thoughts ? [] : [{ kind: "reasoning", text: thought, proof: proofFor(proof, number) }];
    const said: Part[] = [...thinks, ...(says === undefined ? [] : [{ kind: "text", text: says } as const]), ...called];
    return [
      { role: "user", parts: [...asks.media, { kind: "text", text: asks.text }] },
      ...(said.length === 0 ? [] : [{ role: "assistant", parts: said } as const]),
      ...(results.length === 0 ? [] : [{ role: "user", parts: results } as const]),
    ];
  });
}

/** OpenAI seals its thoughts, and names them. */
function proofFor(proof: Proof, number: number): Proof {
  return proof.vendor === "openai" ? { ...proof, kind: "hidden", id: `rs_${number}` } : proof;
}

function conversation(words: Words): fc.Arbitrary<ChatRequest> {
  return fc
    .record({
      exchanges: fc.array(exchange, { minLength: 1, maxLength: 4 }),
      system: fc.array(text, { maxLength: 1 }),
      sampling,
      settings,
    })
    .map(({ exchanges, system, sampling: all, settings: { format, ...more } }) => ({
      system: system.map((one) => ({ kind: "text", text: one })),
      turns: turnsOf(exchanges, words),
      tools: ["f", "g", "look_up"].map((tool) => ({ name: tool, description: `Tool ${tool}`, schema })),
      mcpServers: [],
      choices: 1,
      modalities: [],
      sampling: all,
      ...more,
      ...(format === undefined ? {} : { format }),
    }));
}

/** What must be the same on both sides. */
function essence(chat: ChatRequest, words: Words) {
  const ids = new Map<string, string>();
  const nameOf = (id: string) => {
    if (words.ids) return id;
    // Without ids, calls are told apart by their order.
    if (!ids.has(id)) ids.set(id, `call ${ids.size}`);
    return ids.get(id);
  };
  const partOf = (part: Part): unknown => {
    switch (part.kind) {
      case "tool-call":
        return [part.kind, nameOf(part.id), part.name, JSON.parse(part.input), part.proof?.value];
      case "tool-result":
        return [
          part.kind,
          nameOf(part.id),
          textsOf(part.content),
          words.vendor === "openai" ? undefined : part.isError === true,
        ];
      case "reasoning":
        return [part.kind, part.text, part.proof];
      case "text":
        return [part.kind, part.text];
      case "refusal":
      case "image":
      case "audio":
      case "file":
      case "video":
        return [part.kind, "source" in part ? sourceOf(part.source) : undefined];
    }
  };
  const turns: { role: string; parts: unknown[] }[] = [];
  for (const { role, parts } of chat.turns) {
    const last = turns.at(-1);
    // Results and what the user says next are one turn in some wires.
    if (last?.role === role) last.parts.push(...parts.map(partOf));
    else turns.push({ role, parts: parts.map(partOf) });
  }
  return {
    system: chat.system.map((part) => part.text),
    turns,
    tools: chat.tools.map((tool) => [tool.name, tool.description, tool.schema]),
    choice: chat.toolChoice,
    format: chat.format?.schema,
    sampling: Object.fromEntries(words.sampling.map((one) => [one, chat.sampling[one]])),
  };
}

/** Google wants a type for an address. */
function sourceOf(source: MediaPart["source"]): unknown {
  return source.kind === "url" ? source.url : source;
}

function textsOf(parts: ToolResultPart["content"]): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
}

/** Where a wire has no field for an error, the text says it. */
function withErrorWords(chat: ChatRequest): ChatRequest {
  const mark = (part: Part): Part =>
    part.kind === "tool-result" && part.isError === true
      ? {
          ...part,
          content: part.content.map((one) => (one.kind === "text" ? { ...one, text: `Error: ${one.text}` } : one)),
          isError: false,
        }
      : part;
  return { ...chat, turns: chat.turns.map((turn) => ({ ...turn, parts: turn.parts.map(mark) })) };
}

const GOOGLE = { ...MATCH, params: { call: "m:streamGenerateContent" }, query: () => "sse" };

describe("a conversation comes back from", () => {
  it.each(NAMES)("%s", (wireName) => {
    const words: Words = WORDS[wireName];
    const wire = WIRES[wireName];
    const codec = codecOf(wireName);
    fc.assert(
      fc.property(conversation(words), (asked) => {
        // Messages take no thoughts back unless the model is to think.
        const chat: ChatRequest = wireName === "anthropic.messages" ? { ...asked, ...thinking(asked) } : asked;
        const { value: payload, dropped } = codec.writeRequest(chat, { ...TARGET, maxOutput: 60_000 });
        // A model whose thoughts before its calls are lost does not think at all.
        fc.pre(!dropped.includes("reasoning"));
        const back = codec.readRequest(wire.read(payload, GOOGLE)).value;
        const hasErrors = wireName === "anthropic.messages" || wireName === "gemini.generate";
        expect(essence(back, words)).toEqual(essence(hasErrors ? chat : withErrorWords(chat), words));
      }),
      { numRuns: 300 },
    );
  });
});

/** The API refuses thoughts beside a forced tool, and takes no temperature then. */
function thinking({ sampling: { stop }, toolChoice }: ChatRequest): Partial<ChatRequest> {
  return {
    reasoning: { budget: 2000 },
    sampling: stop === undefined ? {} : { stop },
    ...(toolChoice?.mode === "required" ? { toolChoice: { mode: "auto" } } : {}),
  };
}

/** A part of an answer, as it is put together from its events. */
interface Said {
  readonly type: string;
  readonly text: string;
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly proof?: string | undefined;
}

const said = (words: Words): fc.Arbitrary<Said> =>
  fc.oneof(
    text.map((one) => ({ type: "text", text: one })),
    fc
      .record({ one: text, proof: fc.option(fc.constantFrom("sig==", "c2ln"), { nil: undefined }) })
      .map(({ one, proof }) => ({
        type: "reasoning",
        // What is sealed is a thought of its own, beside the words.
        text: words.vendor === "openai" && proof !== undefined ? "" : one,
        proof: words.thoughts ? proof : undefined,
      })),
    fc
      .record({ name, args: json })
      .map(({ name: called, args }) => ({ type: "tool-call", text: JSON.stringify(args), name: called })),
  );

/** Parts of one type in a row are one part, so that neighbours must differ; calls are apart by their ids. */
function answer(words: Words): fc.Arbitrary<readonly Said[]> {
  return fc
    .array(said(words), { minLength: 1, maxLength: 6 })
    .map((parts) =>
      parts
        .filter((part, position) => part.type === "tool-call" || part.type !== parts[position - 1]?.type)
        .map((part, position) => (part.type === "tool-call" ? { ...part, id: `call_${position}` } : part)),
    );
}

function eventsOf(parts: readonly Said[], vendor: Proof["vendor"]): ChatEvent[] {
  return [
    { kind: "start", id: "answer_1" },
    ...parts.flatMap(({ type, text: whole, name: called, id, proof }, part): ChatEvent[] => {
      const named = type === "tool-call" ? { name: called ?? "", id: id ?? "" } : {};
      const kind = vendor === "openai" ? "hidden" : "signature";
      return [
        { kind: "part-start", choice: 0, part, type: type as "text", ...named },
        // Cut in the middle of letters too.
        ...[...pieces(whole)].map((one): ChatEvent => ({ kind: "delta", choice: 0, part, text: one })),
        ...(proof === undefined
          ? []
          : [{ kind: "proof", choice: 0, part, proof: { vendor, kind, value: proof } } as const]),
        { kind: "part-end", choice: 0, part },
      ];
    }),
    { kind: "usage", usage: { input: 7, output: 5 } },
    { kind: "end", choice: 0, reason: parts.some(({ type }) => type === "tool-call") ? "tools" : "stop" },
  ];
}

function* pieces(whole: string): Generator<string> {
  for (let at = 0; at < whole.length; at += 3) yield whole.slice(at, at + 3);
}

function putTogether(events: readonly ChatEvent[], words: Words) {
  const parts = new Map<
    number,
    { type: string; text: string; name?: string | undefined; id?: string | undefined; proof?: string }
  >();
  let reason: string | undefined;
  for (const event of events) {
    if (event.kind === "part-start") {
      const { part, type, name: called, id } = event;
      parts.set(
        part,
        type === "tool-call" ? { type, text: "", name: called, id: words.ids ? id : undefined } : { type, text: "" },
      );
    } else if (event.kind === "delta") {
      const part = parts.get(event.part);
      if (part !== undefined) part.text += event.text;
    } else if (event.kind === "proof") {
      const part = parts.get(event.part);
      if (part !== undefined) part.proof = event.proof.value;
    } else if (event.kind === "end") ({ reason } = event);
  }
  const shown = [...parts.values()].map(({ type, text: whole, ...rest }) => ({
    ...rest,
    type,
    value: type === "tool-call" ? (JSON.parse(whole) as unknown) : whole,
  }));
  // Some wires end an answer that calls tools like any other.
  return { shown, reason: shown.some(({ type }) => type === "tool-call") ? "tools" : reason };
}

describe("an answer comes back from", () => {
  it.each(NAMES)("%s", (wireName) => {
    const words: Words = WORDS[wireName];
    const codec = codecOf(wireName);
    const plain: ChatRequest = {
      system: [],
      turns: [],
      tools: [],
      mcpServers: [],
      choices: 1,
      modalities: [],
      sampling: {},
    };
    fc.assert(
      fc.property(answer(words), (parts) => {
        const events = eventsOf(parts, words.vendor);
        const writer = codec.pieces({ chat: plain, asked: {}, target: TARGET, promptTokens: 7 });
        const reader = codec.events(TARGET);
        const written: Piece[] = [...events.flatMap((event) => writer.write(event)), ...writer.end(() => ({}))];
        const back = written.flatMap((piece) => reader.read(piece));
        const order = wireName === "openai.chat" ? chatOrder : (shown: readonly object[]) => shown;
        const [expected, found] = [putTogether(events, words), putTogether(back, words)];
        expect({ ...found, shown: order(found.shown) }).toEqual({ ...expected, shown: order(expected.shown) });
      }),
      { numRuns: 300 },
    );
  });
});

/** A message of chat has one text, one thought, and its calls: their order among each other is lost. */
function chatOrder(shown: readonly object[]): unknown {
  const all = shown as readonly { type: string; value: unknown }[];
  const joined = (type: string) => all.flatMap((one) => (one.type === type ? [String(one.value)] : [])).join("");
  return {
    text: joined("text"),
    reasoning: joined("reasoning"),
    calls: all.filter(({ type }) => type === "tool-call"),
  };
}

/** Counts that a wire tells apart; the others go into `input` or `output`. */
const COUNTED = {
  "openai.chat": ["cachedRead", "cacheWrite", "inputAudio", "inputImage", "reasoning", "outputAudio", "outputImage"],
  "openai.responses": ["cachedRead", "cacheWrite", "reasoning"],
  "anthropic.messages": ["cachedRead", "cacheWrite", "cacheWrite1h", "reasoning"],
  "gemini.generate": ["cachedRead", "reasoning"],
} as const satisfies Record<string, readonly (keyof Usage)[]>;

const INPUTS = ["input", "cachedRead", "cacheWrite", "cacheWrite1h", "inputAudio", "inputImage"] as const;
const OUTPUTS = ["output", "reasoning", "outputAudio", "outputImage"] as const;

const usage: fc.Arbitrary<Usage> = fc.record(
  Object.fromEntries([...INPUTS, ...OUTPUTS].map((unit) => [unit, fc.integer({ min: 1, max: 1000 })])),
);

describe("the counts of an answer come back from", () => {
  it.each(NAMES)("%s, each in a class that the wire knows, and none is lost", (wireName) => {
    const codec = codecOf(wireName);
    const plain: ChatRequest = {
      system: [],
      turns: [],
      tools: [],
      mcpServers: [],
      choices: 1,
      modalities: [],
      sampling: {},
    };
    fc.assert(
      fc.property(usage, (counts) => {
        const writer = codec.pieces({ chat: plain, asked: {}, target: TARGET, promptTokens: 7 });
        const reader = codec.events(TARGET);
        const events: ChatEvent[] = [...eventsOf([{ type: "text", text: "x" }], "openai")].map((event) =>
          event.kind === "usage" ? { kind: "usage", usage: counts } : event,
        );
        const written = [...events.flatMap((event) => writer.write(event)), ...writer.end(() => ({}))];
        const found = written.flatMap((piece) => reader.read(piece)).findLast((event) => event.kind === "usage");
        if (found?.kind !== "usage") throw new Error("no usage");
        const sumOf = (all: Usage, units: readonly (keyof Usage)[]) =>
          units.reduce((sum, unit) => sum + (all[unit] ?? 0), 0);
        expect(sumOf(found.usage, INPUTS)).toBe(sumOf(counts, INPUTS));
        expect(sumOf(found.usage, OUTPUTS)).toBe(sumOf(counts, OUTPUTS));
        for (const unit of COUNTED[wireName]) {
          const isJoined = unit === "cacheWrite" && wireName !== "anthropic.messages";
          expect([unit, found.usage[unit]]).toEqual([
            unit,
            (counts[unit] ?? 0) + (isJoined ? (counts.cacheWrite1h ?? 0) : 0),
          ]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
