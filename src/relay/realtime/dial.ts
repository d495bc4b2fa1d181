/** Opens an upstream's socket. */
import { isObject, parseForeign } from "../../core/json.ts";
import { NO_PAYLOAD } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Candidate } from "../../routing/route.ts";
import { send } from "../../upstream/send.ts";
import { asAttemptFailure } from "../../upstream/triage.ts";
import type { Secret } from "../../upstream/types.ts";
import { broken } from "../../wire/reading.ts";
import type { RealtimeRequest, RealtimeTarget, Talk } from "../../wire/realtime-types.ts";
import { wayTo } from "../call-upstream.ts";
import type { DeadlineWatch } from "../deadline-watch.ts";
import type { RelayServices } from "../relay-services.ts";
import { Line } from "./line.ts";

export interface Connection {
  readonly line: Line;
  readonly talk: Talk;
  /** Words that a client must not see. */
  readonly secrets: readonly Secret[];
}

/** An upstream that takes a socket and then says nothing for so long is believed to work. */
const FIRST_WORD_MS = 3000;

/**
 * Makes one attempt. An upstream has answered when it says something that is no error: some take every socket, and say then
 * that they cannot serve.
 * @throws AttemptFailure
 */
export async function dial(
  services: RelayServices,
  candidate: Candidate,
  {
    asked,
    account,
    watch,
  }: { readonly asked: RealtimeRequest; readonly account: string; readonly watch: DeadlineWatch },
): Promise<Connection> {
  const { route } = candidate;
  let secrets: readonly Secret[] = [];
  let line: Line | undefined;
  try {
    const target: RealtimeTarget = {
      model: route.upstreamModel,
      publicModel: route.model.id,
      fields: route.upstream.fields,
      fees: new Set(),
      account,
    };
    const { path, headers } = asked.wire.address(target, asked);
    const socket = { upgrade: "websocket", ...headers };
    const carried = { address: { method: "GET", path }, headers: socket, streams: false } as const;
    const way = await wayTo(services, candidate, carried, watch.signal);
    ({ secrets } = way);
    watch.expect("the socket", { ...services.settings, ...route.model.deadlines }.firstEventMs);
    const { webSocket } = await send(services.fetch, await way.ship(NO_PAYLOAD));
    if (webSocket === null) throw broken("an answer without a socket");
    line = new Line(webSocket);
    await firstWord(line, watch.signal);
    watch.close();
    return { line, talk: asked.wire.begin(target, asked), secrets };
  } catch (error) {
    watch.stop();
    line?.close(1000);
    throw asAttemptFailure(error, secrets);
  }
}

/** @throws UpstreamError for an error; Fault `upstream_error` for a socket that is closed; the reason of `signal` */
async function firstWord(line: Line, signal: AbortSignal): Promise<void> {
  const { promise: silence, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, FIRST_WORD_MS);
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const told = await Promise.race([line.first, silence]);
    if (told?.kind === "closed") throw broken(`a socket that is closed with ${told.code}`);
    const value = parseForeign(told?.text ?? "");
    const error = isObject(value) && value["type"] === "error" ? value["error"] : undefined;
    if (error !== undefined) throw new UpstreamError(isObject(error) ? error : {});
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
