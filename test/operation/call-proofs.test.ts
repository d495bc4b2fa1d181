import { expect, it, describe } from "vitest";
import type { ChatEvent } from "../../src/operation/chat/answer-events.ts";
import {
  hasProofs,
  ProofCollector,
  unprovenCalls,
  withProofs,
  type CallProofs,
} from "../../src/operation/chat/call-proofs.ts";
import type { ChatRequest, Part, Proof, ReasoningPart, Turn } from "../../src/operation/chat/conversation.ts";

const proof = (value: string): Proof => ({ vendor: "anthropic", kind: "signature", value });

/** The events of parts, one after another. */
function eventsOf(choice: number, parts: readonly Part[]): ChatEvent[] {
  return parts.flatMap((one, part): ChatEvent[] => {
    if (one.kind !== "reasoning" && one.kind !== "tool-call") return [];
    const text = one.kind === "reasoning" ? one.text : one.input;
    const named = one.kind === "tool-call" ? { id: one.id, name: one.name } : {};
    return [
      { kind: "part-start", choice, part, type: one.kind, ...named },
      { kind: "delta", choice, part, text: text.slice(0, 2) },
      { kind: "delta", choice, part, text: text.slice(2) },
      ...(one.proof === undefined ? [] : [{ kind: "proof", choice, part, proof: one.proof } as const]),
      { kind: "part-end", choice, part },
    ];
  });
}

const THOUGHT: ReasoningPart = { kind: "reasoning", text: "Thought", proof: proof("s1") };
const CALL = { kind: "tool-call", id: "a", name: "f", input: '{"x":1}' } as const;

function collect(...events: ChatEvent[][]): CallProofs[] {
  const collector = new ProofCollector();
  for (const event of events.flat()) collector.add(event);
  return collector.take();
}

describe("an answer", () => {
  it("gives each call what was thought since the call before", () => {
    const second: Part = { ...THOUGHT, text: "More", proof: proof("s2") };
    const parts = [THOUGHT, CALL, second, { ...CALL, id: "b" }, { ...CALL, id: "c" }];
    expect(collect(eventsOf(0, parts))).toEqual([
      { id: "a", name: "f", input: '{"x":1}', reasoning: [THOUGHT] },
      { id: "b", name: "f", input: '{"x":1}', reasoning: [second] },
      { id: "c", name: "f", input: '{"x":1}', reasoning: [] },
    ]);
  });

  it("gives a call its own proof", () => {
    expect(collect(eventsOf(0, [{ ...CALL, proof: proof("own") }]))).toEqual([
      { id: "a", name: "f", input: '{"x":1}', reasoning: [], proof: proof("own") },
    ]);
  });

  it("has nothing to keep without proofs, and for a call without an id", () => {
    const [found] = collect(eventsOf(0, [{ kind: "reasoning", text: "Thought" }, CALL]));
    expect(found?.reasoning).toEqual([]);
    expect(found && hasProofs(found)).toBe(false);
    expect(collect(eventsOf(0, [THOUGHT, { ...CALL, id: "" }]))).toEqual([]);
  });

  it("keeps its choices apart", () => {
    const found = collect(eventsOf(0, [THOUGHT]), eventsOf(1, [CALL]), eventsOf(0, [{ ...CALL, id: "b" }]));
    expect(found.filter(hasProofs).map(({ id }) => id)).toEqual(["b"]);
  });

  it("gives what it found once", () => {
    const collector = new ProofCollector();
    for (const event of eventsOf(0, [THOUGHT, CALL])) collector.add(event);
    expect(collector.take()).toHaveLength(1);
    expect(collector.take()).toEqual([]);
  });
});

const user = (text: string): Turn => ({ role: "user", parts: [{ kind: "text", text }] });
const result = (id: string): Turn => ({ role: "user", parts: [{ kind: "tool-result", id, content: [] }] });
const model = (...parts: Part[]): Turn => ({ role: "assistant", parts });
const chat = (...turns: Turn[]): ChatRequest => ({
  system: [],
  turns,
  tools: [],
  mcpServers: [],
  choices: 1,
  modalities: [],
  sampling: {},
});
const KNOWN = new Map<string, CallProofs>([
  ["a", { id: "a", name: "f", input: '{ "x": 1 }', reasoning: [THOUGHT], proof: proof("own") }],
]);

describe("a request", () => {
  it("lacks the proofs of the calls whose results the model waits for", () => {
    const before = [user("Hi"), model({ ...CALL, id: "old" }), result("old"), user("And now?")];
    expect(unprovenCalls(chat(...before))).toEqual([]);
    expect(unprovenCalls(chat(...before, model(CALL, { ...CALL, id: "b" }), result("a")))).toEqual(["a", "b"]);
    expect(unprovenCalls(chat(...before, model(THOUGHT, CALL), result("a")))).toEqual([]);
    expect(unprovenCalls(chat(...before, model({ ...CALL, proof: proof("x") }), result("a")))).toEqual([]);
  });

  it("gets them, in place of thoughts without proofs", () => {
    const bare: Part = { kind: "reasoning", text: "Thought" };
    const text: Part = { kind: "text", text: "Look" };
    const done = withProofs(chat(user("Hi"), model(bare, text, CALL), result("a")), KNOWN);
    expect(done.turns[1]?.parts).toEqual([text, THOUGHT, { ...CALL, proof: proof("own") }]);
  });

  it("keeps its thoughts where nothing is known of its calls", () => {
    const asked = chat(user("Hi"), model({ kind: "reasoning", text: "T" }, { ...CALL, id: "z" }), result("z"));
    expect(withProofs(asked, KNOWN)).toEqual(asked);
  });

  it.each([
    ["another tool", { ...CALL, name: "g" }],
    ["other arguments", { ...CALL, input: '{"x":2}' }],
  ])("gets none if the id now names %s", (_, call) => {
    const asked = chat(user("Hi"), model(call), result("a"));
    expect(withProofs(asked, KNOWN)).toEqual(asked);
  });

  it("leaves turns alone that are over", () => {
    const asked = chat(user("Hi"), model(CALL), result("a"), user("And now?"));
    expect(withProofs(asked, KNOWN)).toEqual(asked);
  });
});
