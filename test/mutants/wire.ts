import type { Mutant } from "./mutant.ts";

export const WIRE: readonly Mutant[] = [
  // Edits of JSON.
  {
    law: "a body that names a member twice is refused",
    from: "if (repeated !== undefined) {",
    to: "if (repeated === null) {",
  },
  {
    law: "names are compared without their escapes",
    from: "const name = unquoted(text.slice(at, end));",
    to: "const name = text.slice(at, end);",
  },
  {
    law: "names are told apart by their object",
    from: "levels.pop();\n      names = levels.at(-1) ?? null;",
    to: "levels.pop();",
  },
  {
    law: "a value that is there already is no edit",
    from: "if (holder[name] === value && (value !== undefined || isNew)) return;",
    to: "",
  },
  {
    law: "a backslash before a quote is not always its escape",
    from: "if (slashes % 2 === 0) return quote + 1;",
    to: "if (slashes === 0) return quote + 1;",
  },
  {
    law: "a removed member takes along the comma before it",
    from: 'else this.#replace(endBefore, end, "");',
    to: 'else this.#replace(start, end, "");',
  },
  {
    law: "a removed first member takes along the comma after it",
    from: 'this.#replace(start, next ?? end, "");',
    to: 'this.#replace(start, end, "");',
  },
  {
    law: "a new member is written only if the text has none",
    from: "if (edit instanceof Map || !edit.isNew || isRemoved(edit, name)) continue;",
    to: "if (edit instanceof Map || isRemoved(edit, name)) continue;",
  },
  {
    law: "an edit inside a value that is written whole is written once",
    from: "if (edits === undefined || known !== undefined) return undefined;",
    to: "if (edits === undefined) return undefined;",
  },

  // Requests.
  {
    law: "a field that the table does not list is dropped",
    from: 'return orDropped(target.fields === "open");',
    to: "return orDropped(true);",
  },
  {
    law: "a field with an effect on the upstream's account is dropped even by an open upstream",
    from: "return orDropped(false);",
    to: 'return orDropped(target.fields === "open");',
  },
  {
    law: "a field with a fee is sent only where the model has a price for it",
    from: "orDropped(!asksForFee(rule, value) || target.fees.has(rule.fee))",
    to: "orDropped(true)",
  },
  {
    law: "a tool with a fee is sent only where the model has a price for it",
    from: "if (fee === undefined || target.fees.has(fee)) return true;",
    to: "if (fee === undefined || target.fees.size >= 0) return true;",
  },
  {
    law: "a prompt cache of an hour is asked for only where the model has a price for it",
    from: 'place.set("ttl", undefined);',
    to: "",
  },
  {
    law: "a name that equals a known one but for case or form is refused",
    from: "if (this.#known.has(plain) || this.#seen.has(plain)) {",
    to: "if (this.#seen.has(plain)) {",
  },
  {
    law: "two names that differ in case alone are refused",
    from: "if (this.#known.has(plain) || this.#seen.has(plain)) {",
    to: "if (this.#known.has(plain)) {",
  },
  {
    law: "names are compared in their plain form, both ways",
    from: 'return name.normalize("NFKC").toUpperCase().toLowerCase();',
    to: "return name.toLowerCase();",
  },
  {
    law: "upstreams see a hash of the account, never the client's name of a person",
    from: 'if (account === undefined || rule === "account") return account;',
    to: "if (account === undefined) return account;",
  },
  {
    law: "names of sessions are prefixed by account",
    from: "`${account}-${value}`.slice(0, MAX_SCOPED_LENGTH)",
    to: "value",
  },
  {
    law: "an attempt does not see the edits of another, deep in the body",
    from: "dropsCacheLife(target, fees) ? structuredClone(body) : { ...body }",
    to: "{ ...body }",
  },
  {
    law: "an attempt does not see the edits of another",
    from: 'if (isObject(options)) copy["stream_options"] = { ...options };',
    to: "",
  },
  {
    law: "usage is always asked for in a stream",
    from: 'else draft.ownObject("stream_options").set("include_usage", true);',
    to: "",
  },
  {
    law: "the cap that the account can pay for is sent upstream",
    from: "draft.set(target.outputCap.field, target.outputCap.tokens);",
    to: "",
  },
  {
    law: "a cap of the gateway replaces the client's, in whatever field it stands",
    from: "for (const field of CAP_FIELDS) if (field !== target.outputCap.field) draft.set(field, undefined);",
    to: "",
  },

  // Answers.
  {
    law: "all chunks of a stream have one id",
    from: "this.#identity ??= {",
    to: "this.#identity = {",
  },
  {
    law: "answers carry the public name of the model",
    from: 'draft.set("created", this.#identity.created);\n    draft.set("model", this.#target.publicModel);',
    to: 'draft.set("created", this.#identity.created);',
  },
  {
    law: "answers lose the upstream's own costs",
    from: "if (PRICED.test(name)) place.set(name, undefined);\n    else scrubCosts",
    to: "scrubCosts",
  },
  { law: "an empty answer is no answer", from: 'if (!isAnswer) throw broken("an empty answer", usage);', to: "" },
  {
    law: "an ending such as a filter is an answer by itself",
    from: '!["", "stop", "error"].includes(finishReason)',
    to: "false",
  },
  {
    law: "parts that are not text pass unchanged",
    from: "content.length === 0 || !content.every(isTextPart)",
    to: "content.length === 0",
  },
  {
    law: "a tool call whose id is repeated is one call",
    from: "const continued = known ?? (",
    to: "const continued = (",
  },
  {
    law: "the head of a tool call is sent once",
    from: "if (known !== undefined) {",
    to: "if (known === Number.NaN) {",
  },
  {
    law: "a tool call with an id and a name of its own is another call, even at the same position",
    from: "(hasId && hasName ? undefined : latest)",
    to: "latest",
  },

  // Ends of streams.
  {
    law: "a missing finish on a route that sends one is a break",
    from: "(this.#target.sendsFinish || open.length < this.#choices.size)",
    to: "open.length < this.#choices.size",
  },
  {
    law: "a missing finish beside another choice's is a break",
    from: "(this.#target.sendsFinish || open.length < this.#choices.size)",
    to: "this.#target.sendsFinish",
  },
  {
    law: "an added finish reason says whether tools were called",
    from: '(toolCalls.count > 0 ? "tool_calls" : "stop")',
    to: '(toolCalls.count > 1e9 ? "tool_calls" : "stop")',
  },
  {
    law: "a stream that stops is whole only when every choice is",
    from: "choices.length > 0 && choices.every((choice) => choice.finished)",
    to: "choices.some((choice) => choice.finished)",
  },

  // Usage.
  {
    law: "usage stands in one chunk alone",
    from: 'draft.set("usage", wantsUsage ? null : undefined);',
    to: "",
  },
  {
    law: "only the latest finish chunk is held back",
    from: "if (wantsUsage || !finishes(choices)) return before + this.#frame(draft);",
    to: "if (wantsUsage) return before + this.#frame(draft);",
  },
  {
    law: "a client that asked for usage gets ours where there is none",
    from: "const usage = this.#usage ?? writeUsage(counted());",
    to: "const usage = this.#usage;",
  },
  {
    law: "the client gets the finish chunk that came before a break",
    from: "return this.flush() + writeFrame(JSON.stringify(body)) + DONE_FRAME;",
    to: "return writeFrame(JSON.stringify(body)) + DONE_FRAME;",
  },
  {
    law: "every event is one line",
    from: "return writeFrame(onOneLine(draft.toString()));",
    to: "return writeFrame(draft.toString());",
  },

  // Errors in answers of status 200.
  { law: "an error at the top is found", from: "if (isTruthy(error)) return asError(error);", to: "" },
  { law: "an event named error is one", from: 'if (event === "error") return body;', to: "" },
  { law: "code and message alone are an error", from: "if (isBare) return body;", to: "" },
  {
    law: "an error in a choice is found",
    from: 'if (isTruthy(choice["error"])) return asError(choice["error"]);',
    to: "",
  },
  {
    law: "a finish reason of error is one",
    from: 'if (choice["finish_reason"] === "error") return { code: "finish_reason_error" };',
    to: "",
  },

  // Passages.
  {
    law: "a whole answer is unfolded for a client of a stream",
    from: "const unfolded = isCarried && body instanceof JsonDraft ? this.#upstream.unfold?.(body) : undefined;",
    to: "const unfolded = undefined;",
  },
  {
    law: "a stream is folded for a client of a whole answer",
    from: "else (this.#fold ??= this.#wire.fold?.())?.add(piece);",
    to: "",
  },
  {
    law: "an adapted answer has the client's shape",
    from: "this.#give(this.#adapted === undefined ? [piece] : this.#adapted.pieces(piece));",
    to: "this.#give([piece]);",
  },
  {
    law: "a message without an answer shape lists its calls without positions",
    from: 'for (const call of callsOf(this.#shape, choice)) delete call["index"];',
    to: "",
  },
  {
    law: "a cap stands in the field that the model obeys alone",
    from: "if (field !== target.outputCap.field) draft.set(field, undefined);",
    to: "draft.set(target.outputCap.field, undefined);",
  },
  {
    law: "only so many choices are asked for",
    from: "if (choices > MAX_CHOICES)",
    to: "if (choices > MAX_CHOICES * 1e9)",
  },
  {
    law: "a part of an unknown type is refused",
    from: "if (kind === undefined) throw unknownPart(position);\n      if (kind === null) continue;",
    to: "if (kind === undefined || kind === null) continue;",
  },
  {
    law: "a stream that is ended says so for each open choice",
    from: 'this.#finishChunk(open, () => "length")',
    to: 'this.#finishChunk(open.slice(1), () => "length")',
  },
  {
    law: "an answer that calls tools ends for them",
    from: 'event.kind === "end" && event.reason === "stop" && callers.has(event.choice)',
    to: "false",
  },
  {
    law: "one block of a message is open at a time",
    from: "if (this.#open?.start.part !== event.part) {",
    to: "if (false) {",
  },
  {
    law: "no thought of another vendor is sent as Anthropic's",
    from: 'if (proof?.vendor !== "anthropic" || !isOn) return [];',
    to: "if (proof === undefined || !isOn) return [];",
  },
  {
    law: "results of tools come first in a message",
    from: "last.content = [...all.filter(isResult), ...all.filter((block) => !isResult(block))];",
    to: "last.content = all;",
  },
  {
    law: "nobody thinks within a budget that reaches the cap",
    from: 'thinking.set("budget_tokens", cap - 1);',
    to: "",
  },
  {
    law: "upstreams see an account, no person",
    from: 'draft.set("metadata", { user_id: target.account });',
    to: ";",
  },
  {
    law: "an upstream is asked for no beta feature that it may bill",
    from: ".filter((name) => BETAS.test(name))",
    to: "",
  },
  {
    law: "only the first of several calls has a signature",
    from: "isFirst ? NO_SIGNATURE : undefined",
    to: "NO_SIGNATURE",
  },
  {
    law: "a blocked prompt is its author's matter",
    from: 'code: "content_policy_violation", message: `The prompt was blocked',
    to: "message: `The prompt was blocked",
  },
  {
    law: "a result without an id belongs to the first open call of its name",
    from: "id === undefined ? call.name === name : call.id === id",
    to: "call.id === id",
  },
  {
    law: "Google's tools need a price",
    from: "for (const tool of tools) for (const name of hostedTools(tool)) fees.add(feeOfTool(name));",
    to: "",
  },
  {
    law: "thoughts are counted as output",
    from: "reasoning: thoughts,",
    to: "",
  },
  {
    law: "no upstream stores a response",
    from: 'draft.set("store", false);',
    to: "",
  },
  {
    law: "the events of a response are numbered",
    from: 'draft.set("sequence_number", this.#next++);',
    to: "",
  },
  {
    law: "a proof that travelled as a thought comes back to its call",
    from: "value: { ...withCallProofs(value), ...tier }",
    to: "value: { ...value, ...tier }",
  },
  {
    law: "items of the model in a row are one turn",
    from: 'if (role === "assistant" && last?.role === role) last.parts.push(...parts);',
    to: "if (false) last?.parts.push(...parts);",
  },
  {
    law: "a response that failed is an error",
    from: 'if (status === "failed" && type === undefined)',
    to: "if (false)",
  },
  {
    law: "a response without an end is broken",
    from: 'if (this.#isOver) return NOTHING;\n    throw broken("the stream ended before it was whole");\n  }\n\n  cut(): Step {\n    if (this.#isOver) return { ...NOTHING, isLast: true };\n    const response',
    to: "return NOTHING;\n  }\n\n  cut(): Step {\n    if (this.#isOver) return { ...NOTHING, isLast: true };\n    const response",
  },
  {
    law: "a tier that is not served is not charged",
    from: "if (!TIERS.has(name)) throw unsupported",
    to: "if (false) throw unsupported",
  },
  {
    law: "Anthropic's upstreams are asked for no tier that they do not know",
    from: 'if (chat.tier !== undefined && target.fees.has("tier")) throw unsupported("service_tier");\n  dropped.push(...lost',
    to: "dropped.push(...lost",
  },
  {
    law: "a tier without a price is named in the warnings",
    from: 'chat.tier === undefined || target.fees.has("tier") ? [] : ["service_tier"]',
    to: "[]",
  },
  {
    law: "a request for nothing but a tool that nobody runs is refused",
    from: "if (lost !== undefined && tools.length === 0",
    to: "if (lost !== undefined && tools.length < 0",
  },
  {
    law: "a request for nothing but what has no price is refused",
    from: "if (name === undefined || objectsOf(tools).length > 0) return;",
    to: "if (name === undefined || name !== undefined) return;",
  },
  {
    law: "a result without its call is refused",
    from: 'if (part.kind !== "tool-result" || calls.has(part.id)) continue;',
    to: "continue;",
  },
  {
    law: "two calls of one id in one turn are refused",
    from: "if (twice !== undefined)\n      throw invalid(",
    to: "if (false)\n      throw invalid(",
  },
  {
    law: "an id may come again in a later turn",
    from: "const twice = own.find((id, position) => own.indexOf(id) < position);",
    to: "const twice = own.find((id, position) => own.indexOf(id) < position || calls.has(id));",
  },
  {
    law: "upstreams fetch from the web alone",
    from: "|| FETCHED.test(url) ||",
    to: "|| true ||",
  },
  {
    law: "thoughts that the client does not want to see stay hidden",
    from: "return hides(event) ? [] : writer.write",
    to: "return writer.write",
  },
  {
    law: "the model's pictures come back with what the user says next",
    from: "turns.push({ ...turn, parts: [...waiting, ...turn.parts] });",
    to: "turns.push(turn);",
  },
  {
    law: "a model that samples as it thinks right is told nothing of it",
    from: "for (const name of refusedSampling(target.model, value)) {",
    to: "for (const name of [] as string[]) {",
  },
  {
    law: "Anthropic's models see the allowed tools alone",
    from: "return tools.filter(({ name }) => allowed.includes(name));",
    to: "return tools;",
  },
  {
    law: "nobody calls an MCP server before the client approves",
    from: 'if (asksFirst === true) throw unsupported("require_approval");\n  return {\n    type: "url",',
    to: 'return {\n    type: "url",',
  },
  {
    law: "a mark of a cache is lost by name",
    from: 'dropped.push(...lostMembers(chat, ["cache"]));',
    to: "",
  },
  {
    law: "each call gets what was thought since the call before",
    from: "this.#reasoning.delete(choice);",
    to: "",
  },
  {
    law: "kept thoughts belong to the very same call",
    from: "return found?.name === call.name && compact(found.input) === compact(call.input) ? found : undefined;",
    to: "return found;",
  },
  {
    law: "only the turns that wait for results get their thoughts back",
    from: "if (!open.has(turn) || turn.parts.some(isProven)) return turn;",
    to: "if (turn.parts.some(isProven)) return turn;",
  },
  {
    law: "a completion over another wire goes in two steps",
    from: "pieces: (piece) => second.pieces(piece).flatMap(first.pieces),",
    to: "pieces: (piece) => second.pieces(piece),",
  },
  {
    law: "upstreams are asked for their sealed thoughts where nothing is stored there",
    from: 'if (value["store"] !== false) askForReasoning(draft);',
    to: "",
  },
];
