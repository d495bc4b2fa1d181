import type { Mutant } from "./mutant.ts";

export const RELAY: readonly Mutant[] = [
  {
    law: "nothing leaves before the hold is acknowledged",
    from: 'const confirmed = await log.time("confirm", charge.confirm(answering.attempt.planned.route));',
    to: "const confirmed = { redo: false, outputCap: 0 } as Awaited<ReturnType<typeof charge.confirm>>;",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "an upstream that was asked for too much is let go",
    from: "letGo(answering);\n      answering = await ask",
    to: "answering = await ask",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "an upstream that was asked for too much is paid for all the same",
    from: "charge.lose(answering.attempt.planned.route, answering.whole?.usage);",
    to: "",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "the upstream is called beside the hold only where known funds cover it",
    from: "const isCovered = funds.take(this.#options.payer, this.#size.wanted);",
    to: "const isCovered = true;",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "whoever was refused is remembered",
    from: "funds.ranShort(payer);",
    to: "",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "a stream whose hold is used up ends",
    from: "if (rolling.isSpent) this.#spent.abort();",
    to: "",
    project: "worker",
    tests: "relay/hold",
  },
  {
    law: "a stream that is ended finishes as at a cap",
    from: "if (stream?.isStopped === true) await write(FUNDS_ENDED + passage.cut());",
    to: "",
    project: "worker",
    tests: "relay/hold",
  },
  { law: "a request is closed once", from: "this.#closing ??= this.#close(", to: "this.#closing = this.#close(" },
  {
    law: "an answer that breaks off is told to health",
    from: "this.answering?.attempt.brokeOff({ outcome: failure.outcome });",
    to: "undefined;",
  },
  {
    law: "a client that leaves says nothing against the upstream",
    from: 'if (failure !== undefined && ending === "failed") this.answering',
    to: "if (failure !== undefined) this.answering",
  },
  {
    law: "a request that was not answered has no line of its own",
    from: "if (this.#ttftMs === undefined) return;\n    if (this.#fault",
    to: "if (this.#fault",
  },
  {
    law: "what one read brings leaves before more is asked for",
    from: 'if (text !== "") await write?.(isAsItCame(',
    to: 'if (text !== "" && this.#isOver) await write?.(isAsItCame(',
  },
  {
    law: "bytes that are no valid text are not passed on",
    from: 'text === arrived && !text.includes("\\uFFFD")',
    to: "text === arrived",
  },
  { law: "a finish waits 500 ms for usage", from: "const USAGE_WAIT_MS = 500;", to: "const USAGE_WAIT_MS = 450;" },
  {
    law: "a read that outlives a failed write is not lost",
    from: "(this.#reading ??= this.#source.read(",
    to: "(this.#reading = this.#source.read(",
  },
  {
    law: "an upstream is let go when its request is over",
    from: 'options.watch.signal.addEventListener("abort", this.#cancel, { once: true });',
    to: "",
  },
  {
    law: "a silence that is too long ends a stream",
    from: 'if (this.#isAccepted) watch.expect("the next event", idleMs);',
    to: "",
  },
  {
    law: "steps before the answer was accepted are metered too",
    from: "for (const step of this.#unmetered) meter(step);",
    to: "",
  },
  {
    law: "an error in a stream shows nothing of the upstream",
    from: "return asAttemptFailure(error, secrets);\n    return asAttemptFailure(",
    to: "return asAttemptFailure(error);\n    return asAttemptFailure(",
  },
  {
    law: "an empty stream is no answer",
    from: "if (this.#isMeaningful) return;\n    const billed",
    to: "if (!this.#isMeaningful) return;\n    const billed",
  },
  {
    law: "a client that left pays for nothing that it was not given",
    from: "isAnswered ? priced(heard) : 0",
    to: "priced(heard)",
    tests: "relay/charge-facts",
  },
  {
    law: "what an upstream may have done unheard is bounded by its speed and the longest answer",
    from: "Math.min(Math.ceil((speed * silentMs) / 1000), most)",
    to: "Math.ceil((speed * silentMs) / 1000)",
    tests: "relay/charge-facts",
  },
];
