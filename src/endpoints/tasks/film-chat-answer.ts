/** Chats with models that make films: the client waits, and sees how far the film is. If it leaves, the film goes on. */
import type { Identity } from "../../access/key-store.ts";
import { Fault } from "../../core/fault.ts";
import { STREAM_FORMS } from "../../core/stream-form.ts";
import type { Demand } from "../../operation/demand.ts";
import { resolveName } from "../../routing/aliases.ts";
import type { Services } from "../../services.ts";
import { ClientStream } from "../../relay/client-stream.ts";
import { freshened } from "../../tasks/due.ts";
import { isOver, type Task } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { FilmChat, filmOfChat } from "../../wire/openai/film-chat.ts";
import { VIDEO_ID, videoForm } from "../../wire/openai/video-form.ts";
import type { ClientRequest } from "../../wire/types.ts";
import { faultBody } from "../fault-response.ts";
import type { GatewayContext } from "../types.ts";
import { submit } from "./task-endpoints.ts";

/** How often a film is looked at that somebody waits for. */
const LOOK_MS = 3000;

/** The name of the model where it makes films, and chats are asked of it; else undefined. */
export async function filmModel(
  { relay }: Services,
  { operation, model }: Demand,
  defer: (work: Promise<unknown>) => void,
): Promise<string | undefined> {
  if (operation !== "chat" || model === undefined) return undefined;
  const catalogue = await relay.catalogue.current(defer);
  const name = resolveName(catalogue, model);
  return catalogue.models.get(name)?.operation === "video" ? name : undefined;
}

interface FilmChatRequest {
  readonly identity: Identity;
  readonly asked: ClientRequest;
  readonly streams: boolean;
  readonly model: string;
}

/** @throws Fault when no upstream makes the film, or it fails before its client was told anything */
export async function answerWithFilm(
  context: GatewayContext,
  services: Services,
  { identity, asked, streams, model }: FilmChatRequest,
): Promise<Response> {
  const film = filmOfChat(asked, model);
  const { task, headers } = await submit(context, services, {
    identity,
    asked: film,
    payload: asked.payload,
    idPrefix: VIDEO_ID,
  });
  const created = Math.floor(task.createdAt / 1000);
  const chat = new FilmChat(asked, { publicModel: task.model, streams, created });
  chat.begin(task.id);
  const wait = new Wait(services, task, context.req.raw.signal);
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
  chat.show(linksOf(context, over));
  const payload = chat.answer();
  if (payload.kind !== "json") throw new Error("an answer to a chat that is no JSON");
  return new Response(payload.text, { headers: { ...headers, "content-type": "application/json" } });
}

interface Telling {
  readonly asked: ClientRequest;
  readonly chat: FilmChat;
  readonly wait: Wait;
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
    chat.show(linksOf(context, over));
    await client.write(chat.takeText() + chat.close());
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("internal_error", { cause: error });
    if (fault.kind !== "client_closed")
      await client.write(chat.fail(faultBody(context, services, fault))).catch(() => undefined);
  }
  await client.close();
}

function linksOf({ req }: GatewayContext, task: Task): readonly string[] {
  return viewOf(task, videoForm, new URL(req.url).origin).links;
}

/** Somebody waits for a task. */
class Wait {
  readonly gone: AbortSignal;
  readonly #services: Services;
  readonly #task: Task;
  readonly #left = new AbortController();
  readonly #endAtMs: number;

  constructor(services: Services, task: Task, gone: AbortSignal) {
    this.#services = services;
    this.#task = task;
    this.gone = AbortSignal.any([gone, this.#left.signal]);
    this.#endAtMs = services.now() + services.settings.TOTAL_MS;
  }

  readonly leave = (): void => this.#left.abort();

  /** @param changed called whenever the film is further than before. @throws Fault */
  async forEnd(changed?: (task: Task) => Promise<void>): Promise<Task> {
    let task = this.#task;
    while (!isOver(task.state)) {
      if (this.gone.aborted) throw new Fault("client_closed");
      if (this.#services.now() >= this.#endAtMs) throw tooLong(task);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const { progress } = task;
      task = await freshened(this.#services.tasks, (await this.#services.tasks.store.findAnyones(task.id)) ?? task);
      if (task.progress > progress && !isOver(task.state)) await changed?.(task);
    }
    if (task.state === "failed") throw failed(task);
    return task;
  }
}

function failed({ content: { error } }: Task): Fault {
  const message = error?.message ?? "";
  const isRefused = error?.code === "content_policy_violation";
  return new Fault(isRefused ? "content_policy" : "upstream_error", {
    values: { message },
    ...(message === "" ? {} : { detail: { en: "{message}", zh: "{message}" } }),
  });
}

function tooLong({ id }: Task): Fault {
  return new Fault("upstream_timeout", {
    values: { id },
    detail: {
      en: "The video is not finished yet. It goes on: ask for /v1/videos/{id}.",
      zh: "视频尚未完成,任务仍在进行:请查询 /v1/videos/{id}。",
    },
  });
}
