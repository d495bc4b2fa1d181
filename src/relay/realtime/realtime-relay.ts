/** Passes the messages of one conversation both ways, holds the money for what comes, and ends it once, whoever ends it. */
import { asFault, Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Failure } from "../../core/outcome.ts";
import type { Added } from "../../operation/realtime/conversation-size.ts";
import { sanitise } from "../../upstream/sanitise.ts";
import { triage } from "../../upstream/triage.ts";
import type { Heard, Said } from "../../wire/realtime-types.ts";
import { only, textOrEmpty } from "../../wire/values.ts";
import type { Ending } from "../request-log.ts";
import type { Connection } from "./dial.ts";
import type { Line } from "./line.ts";
import type { RealtimeCharge } from "./realtime-charge.ts";
import type { RealtimeMeter } from "./realtime-meter.ts";

export interface RealtimeRelayOptions extends Connection {
  readonly client: Line;
  readonly charge: RealtimeCharge;
  readonly meter: RealtimeMeter;
  /** The body of a fault in the client's dialect. */
  readonly errorBody: (fault: Fault) => JsonObject;
  /** An answer failed; the conversation goes on. */
  readonly answerFailed: (outcome: Failure) => void;
  /** Counts a request for an answer. @returns why it must wait; undefined = it need not */
  readonly countAsked: () => Promise<Fault | undefined>;
  /** Whether the key may still be used. */
  readonly isStillAllowed: () => Promise<boolean>;
  readonly now: () => number;
  /** How often the lease is extended and the key is looked at. */
  readonly checkpointMs: number;
  /** The longest silence of both sides, the longest of an upstream that is to answer, and the longest conversation. */
  readonly limits: { readonly idleMs: number; readonly answerMs: number; readonly totalMs: number };
}

/** How a conversation ended. */
export interface RealtimeEnd {
  readonly ending: Ending;
  /** Why it ended, where neither side simply closed it. */
  readonly fault?: Fault;
  /** What the end says against the upstream. */
  readonly outcome?: Failure;
}

interface Close {
  readonly code: number;
  readonly reason?: string;
}

/** How long an upstream may tell what an answer used that is not wanted any more. It is closed within a second. */
const LAST_WORDS_MS = 800;
/** An answer that was asked for begins by then, or it was refused. */
const BEGINS_MS = 30_000;
/** Characters. A client that sends more at once, or while its conversation waits for money, is cut off. */
const MOST_WAITING = 16 * 1024 * 1024;

/** @see https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const CLOSE = { normal: 1000, leaving: 1001, policy: 1008, tooBig: 1009, error: 1011 } as const;

export class RealtimeRelay {
  readonly #options: RealtimeRelayOptions;
  readonly #startedAtMs: number;
  readonly #end = Promise.withResolvers<RealtimeEnd>();
  /** The client's messages that wait for the one before. */
  readonly #queue: string[] = [];
  #queued = 0;
  #isBusy = false;
  #isOver = false;
  #saidAtMs: number;
  #heardAtMs: number;
  #askedAtMs = 0;
  #ticks: ReturnType<typeof setInterval> | undefined;
  #whenQuiet: (() => void) | undefined;

  constructor(options: RealtimeRelayOptions) {
    this.#options = options;
    this.#startedAtMs = this.#saidAtMs = this.#heardAtMs = options.now();
  }

  /** @param opening what is said to the upstream for the client, before its first message */
  async run(opening: readonly string[]): Promise<RealtimeEnd> {
    const { client, line, checkpointMs, limits } = this.#options;
    const everyMs = Math.min(checkpointMs, ...Object.values(limits).map((ms) => ms / 2));
    this.#ticks = setInterval(() => this.#attempt(async () => this.#look()), everyMs);
    for (const text of opening) this.#take(text);
    line.listen({
      message: (text) => this.#hear(text),
      closed: (code, reason) => this.#upstreamClosed(code, reason),
    });
    client.listen({ message: (text) => this.#take(text), closed: () => this.#finish({ ending: this.#leftEnding }) });
    return this.#end.promise;
  }

  /** A client's message. What comes while another one waits goes behind it. */
  #take(text: string | undefined): void {
    if (this.#isOver) return;
    this.#saidAtMs = this.#options.now();
    if (text === undefined) return this.#refuse(new Fault("unsupported_media_type", { detail: TEXT_ALONE }));
    if (this.#queued + text.length > MOST_WAITING) return this.#fail(new Fault("body_too_large"), CLOSE.tooBig);
    if (!this.#isBusy) return this.#pass(text);
    this.#queue.push(text);
    this.#queued += text.length;
  }

  #pass(text: string): void {
    const { talk, meter, charge, line } = this.#options;
    let said: Said;
    try {
      said = talk.fromClient(text);
    } catch (error) {
      return this.#refuse(asFault(error));
    }
    if (!said.asks) meter.add(said.added);
    if (said.transcribes !== undefined) meter.transcribes(said.transcribes.promptBytes);
    if (!said.asks && charge.isCovered) return line.send(said.text);
    this.#isBusy = true;
    this.#attempt(async () => this.#passWhenCovered(said));
  }

  async #passWhenCovered({ text, asks, added }: Said): Promise<void> {
    const { charge, line, countAsked } = this.#options;
    let refusal = asks ? await countAsked() : undefined;
    if (refusal === undefined) {
      if (asks) this.#options.meter.asked(added);
      refusal = await charge.cover();
      if (refusal !== undefined && !(asks && this.#goesOnWithout(added))) return this.#fail(refusal, CLOSE.policy);
    }
    // A client that left meanwhile asks for nothing more.
    if (this.#isOver) return;
    if (refusal === undefined) {
      if (asks) this.#askedAtMs = this.#options.now();
      line.send(text);
    } else this.#refuse(refusal);
    this.#isBusy = false;
    while (!this.#isBusy && !this.#isOver) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#queued -= next.length;
      this.#pass(next);
    }
  }

  /** Takes back the last request for an answer. @returns whether there is another one, which is paid for and goes on */
  #goesOnWithout(added: Added): boolean {
    const { meter, charge } = this.#options;
    meter.takeBack(added);
    return meter.isAnswering && charge.isCovered;
  }

  /** An upstream's message. */
  #hear(text: string | undefined): void {
    if (text === undefined) return;
    const { talk, client } = this.#options;
    this.#heardAtMs = this.#options.now();
    let heard: Heard;
    try {
      heard = talk.fromUpstream(text, (error) => this.#shown(error));
    } catch (error) {
      return this.#fail(asFault(error), CLOSE.error, "garbage");
    }
    this.#count(heard);
    if (heard.failed !== undefined) {
      this.#options.answerFailed(triage({ status: undefined, error: heard.failed }, this.#options.secrets).outcome);
    }
    if (this.#isOver) return;
    if (heard.text !== undefined) client.send(heard.text);
    if (heard.error !== undefined) client.send(talk.error({ error: this.#shown(heard.error) }));
    if (heard.ended !== undefined || heard.transcribed !== undefined) this.#attempt(async () => this.#afterAnswer());
  }

  #count({ began, made, ended, wrote, transcribed, notTranscribed, transcribes, isRefusal }: Heard): void {
    const { meter, line, talk } = this.#options;
    if (transcribes !== undefined) meter.transcribes(transcribes.promptBytes);
    if (began !== undefined) meter.began(began);
    if (began !== undefined && this.#isOver) line.send(talk.cancel(began));
    if (made !== undefined) meter.made(made.answer, made.text);
    if (wrote !== undefined) meter.wrote(wrote);
    if (transcribed !== undefined) meter.transcribed(transcribed, transcribed.usage);
    if (notTranscribed !== undefined) meter.notTranscribed(notTranscribed);
    if (isRefusal === true) meter.refused();
    if (ended !== undefined) meter.ended(ended.answer, ended.usage);
    if (!meter.isBusy) this.#whenQuiet?.();
  }

  /** The upstream may answer again unasked. */
  async #afterAnswer(): Promise<void> {
    const { charge } = this.#options;
    await charge.save(false);
    const fault = await charge.cover();
    if (fault !== undefined) this.#fail(fault, CLOSE.policy);
  }

  async #look(): Promise<void> {
    const { meter, charge, limits, isStillAllowed } = this.#options;
    const nowMs = this.#options.now();
    if (meter.isWaiting && nowMs - this.#askedAtMs > BEGINS_MS) meter.forget();
    if (nowMs - this.#startedAtMs >= limits.totalMs) return this.#fail(overdue(TOO_LONG), CLOSE.normal);
    if (nowMs - Math.max(this.#saidAtMs, this.#heardAtMs) >= limits.idleMs) {
      return this.#fail(overdue(SILENT), CLOSE.normal);
    }
    if (meter.isAnswering && nowMs - Math.max(this.#heardAtMs, this.#askedAtMs) >= limits.answerMs) {
      const reason = "the next event of an answer did not come in time";
      return this.#fail(new Fault("upstream_timeout", { reason }), CLOSE.error, "timeout");
    }
    await charge.save(true);
    if (!(await isStillAllowed())) {
      this.#fail(new Fault("invalid_key", { reason: "the key was revoked while it was used" }), CLOSE.policy);
    }
  }

  /** What a client is shown of an upstream's error: its words where they are about what the client sent. */
  #shown(error: JsonObject): JsonObject {
    const { secrets, errorBody } = this.#options;
    const { outcome, fault } = triage({ status: undefined, error }, secrets);
    const { type, code, param, event_id: id, message } = error;
    if (outcome === "refused_request")
      return only({ type, code, message: sanitise(textOrEmpty(message), secrets), param, event_id: id });
    const body = errorBody(fault)["error"] as JsonObject;
    return { ...body, ...only({ event_id: id }) };
  }

  #upstreamClosed(code: number, reason: string): void {
    const { meter, secrets } = this.#options;
    const isPlain = code === CLOSE.normal || code === CLOSE.leaving;
    if (!meter.isAnswering && (isPlain || (code >= 3000 && code < 5000))) {
      return this.#finish({ ending: isPlain ? "complete" : "failed" }, { code, reason: sanitise(reason, secrets) });
    }
    this.#fail(new Fault("upstream_error", { reason: `the socket was closed with ${code}` }), CLOSE.error, "error");
  }

  /** Whoever leaves in the middle of an answer abandons it. */
  get #leftEnding(): Ending {
    return this.#options.meter.isBusy ? "abandoned" : "complete";
  }

  /** Tells the client that its message does not go upstream. */
  #refuse(fault: Fault): void {
    const { client, talk, errorBody } = this.#options;
    client.send(talk.error(errorBody(fault)));
  }

  #attempt(work: () => Promise<void>): void {
    work().catch((error: unknown) => this.#fail(asFault(error), CLOSE.error));
  }

  #fail(fault: Fault, code: number, outcome?: Failure): void {
    if (this.#isOver) return;
    this.#refuse(fault);
    const isOurs = outcome !== undefined || fault.row.status >= 500;
    const end: RealtimeEnd = { ending: isOurs ? "failed" : "complete", fault };
    this.#finish(outcome === undefined ? end : { ...end, outcome }, { code, reason: fault.row.code ?? fault.kind });
  }

  /** @param close how the client's socket is closed; its own code by default */
  #finish(end: RealtimeEnd, close?: Close): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#ticks);
    this.#options.client.close(close?.code ?? CLOSE.normal, close?.reason);
    void this.#endWith(end);
  }

  async #endWith(end: RealtimeEnd): Promise<void> {
    await this.#lastWords();
    this.#options.line.close(CLOSE.normal);
    this.#end.resolve(end);
  }

  /** Stops what the upstream still answers, and waits a moment for what that used. */
  async #lastWords(): Promise<void> {
    const { line, talk, meter } = this.#options;
    if (line.isClosed || !meter.isBusy) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenQuiet = resolve;
    const timer = setTimeout(resolve, LAST_WORDS_MS);
    const begun = meter.begun;
    for (const answer of begun.length === 0 && meter.isWaiting ? [""] : begun) line.send(talk.cancel(answer));
    await promise;
    clearTimeout(timer);
  }
}

type Words = { readonly en: string; readonly zh: string };

const TEXT_ALONE: Words = { en: "Send messages as text.", zh: "请以文本帧发送消息。" };
const TOO_LONG: Words = { en: "The session has reached its longest time.", zh: "会话已达到最长时长。" };
const SILENT: Words = { en: "Nothing was said for too long.", zh: "会话空闲时间过长。" };

function overdue(detail: Words): Fault {
  return new Fault("request_timeout", { detail });
}
