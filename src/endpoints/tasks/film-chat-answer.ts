/** Chats with models that make films: the client waits, and sees how far the film is. If it leaves, the film goes on. */
import { Fault } from "../../core/fault.ts";
import { STREAM_FORMS } from "../../core/stream-form.ts";
import type { Services } from "../../services.ts";
import { ClientStream } from "../../relay/client-stream.ts";
import { linksOf } from "../../tasks/result-links.ts";
import { FilmChat, filmOfChat } from "../../wire/openai/film-chat.ts";
import type { ClientRequest } from "../../wire/types.ts";
import { faultBody } from "../fault-response.ts";
import type { GatewayContext } from "../types.ts";
import type { Waiting } from "./answer-of-task.ts";
import { submit } from "./task-endpoints.ts";
import { TaskWait } from "./task-wait.ts";
import { originOf } from "../origin.ts";

/** @throws Fault when no upstream makes the film, or it fails before its client was told anything */
export async function answerWithFilm(
  context: GatewayContext,
  services: Services,
  { identity, asked, streams }: Waiting,
  model: string,
): Promise<Response> {
  const film = filmOfChat(asked, model);
  const { task, headers } = await submit(context, services, {
    identity,
    asked: film,
    payload: asked.payload,
  });
  const created = Math.floor(task.createdAt / 1000);
  const chat = new FilmChat(asked, { publicModel: task.model, streams, created });
  chat.begin(task.id);
  const wait = new TaskWait(services, task, context.req.raw.signal);
  if (streams) {
    const { contentType } = STREAM_FORMS[asked.streamForm ?? "events"];
    const { readable, writable } = new IdentityTransformStream();
    context.executionCtx.waitUntil(tell(context, services, { asked, chat, wait, writable }));
    const stream = {
      "content-type": contentType,
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    };
    return new Response(readable, { headers: { ...headers, ...stream } });
  }
  const over = await wait.forEnd();
  chat.show(linksOf(over, originOf(context)));
  const payload = chat.answer();
  if (payload.kind !== "json") throw new Error("an answer to a chat that is no JSON");
  return new Response(payload.text, { headers: { ...headers, "content-type": "application/json" } });
}

interface Telling {
  readonly asked: ClientRequest;
  readonly chat: FilmChat;
  readonly wait: TaskWait;
  readonly writable: WritableStream<Uint8Array>;
}

/** Never rejects. */
async function tell(
  context: GatewayContext,
  services: Services,
  { asked, chat, wait, writable }: Telling,
): Promise<void> {
  const { keepAlive } = STREAM_FORMS[asked.streamForm ?? "events"];
  const { keepAliveMs } = services.relay.settings;
  const client = new ClientStream(writable, { keepAlive, keepAliveMs, gone: wait.leave, over: wait.gone });
  try {
    chat.think("The video is being made.\n");
    await client.write(chat.takeText());
    const over = await wait.forEnd(async ({ progress }) => {
      chat.think(`${progress}%\n`);
      await client.write(chat.takeText());
    });
    chat.show(linksOf(over, originOf(context)));
    await client.write(chat.takeText() + chat.close());
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("internal_error", { cause: error });
    if (fault.kind !== "client_closed")
      await client.write(chat.fail(faultBody(context, services, fault))).catch(() => undefined);
  }
  await client.close();
}
