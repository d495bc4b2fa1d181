/** Models whose answers come later, for requests that want them at once. */
import type { Identity } from "../../access/key-store.ts";
import { resolveName } from "../../routing/aliases.ts";
import type { Services } from "../../services.ts";
import { carriesTasks } from "../../tasks/task-calls.ts";
import { klingPictureOf } from "../../wire/kling/from-images.ts";
import { imagineOf, IMAGINES } from "../../wire/midjourney/imagine.ts";
import type { ClientRequest } from "../../wire/types.ts";
import type { GatewayContext } from "../types.ts";
import { answerWithFilm } from "./film-chat-answer.ts";
import { answerWithPicture } from "./picture-answer.ts";

export interface Waiting {
  readonly identity: Identity;
  readonly asked: ClientRequest;
  readonly streams: boolean;
}

/** @returns undefined where the model answers at once. @throws Fault */
export async function answerOfTask(
  context: GatewayContext,
  services: Services,
  waiting: Waiting,
): Promise<Response | undefined> {
  const { operation, model } = waiting.asked.demand;
  if (model === undefined || (operation !== "chat" && operation !== "image")) return undefined;
  const catalogue = await services.relay.catalogue.current((work) => context.executionCtx.waitUntil(work));
  const name = resolveName(catalogue, model);
  const makes = catalogue.models.get(name)?.operation;
  if (operation === "chat" && makes === "video") return answerWithFilm(context, services, waiting, name);
  if (operation === "image" && makes === "paint" && name === IMAGINES) {
    return answerWithPicture(context, services, waiting, imagineOf);
  }
  const routes = operation === "image" && makes === "image" ? (catalogue.routes.get(name) ?? []) : [];
  const isLater = routes.length > 0 && routes.every(carriesTasks);
  return isLater ? answerWithPicture(context, services, waiting, klingPictureOf) : undefined;
}
