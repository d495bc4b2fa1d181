/** Films in Kling's form: each of its endpoints takes tasks, and tells of those that it took. */
import { Fault } from "../../core/fault.ts";
import { isObject, objectsOf } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import { freshened } from "../../tasks/due.ts";
import type { Maker } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { earlierIn, readKling, type EarlierFilm } from "../../wire/kling/read-video.ts";
import { filmOfId, KLING_FORMS, nameOfForm } from "../../wire/kling/video-form.ts";
import { VIDEO_KINDS, type VideoKind } from "../../wire/kling/video-kinds.ts";
import { textIn } from "../../wire/values.ts";
import { identify } from "../caller.ts";
import type { GatewayContext, Handler, Row } from "../types.ts";
import { answer, tellsOf } from "./kling-answers.ts";
import { noTask, readBody, submit } from "./task-endpoints.ts";
import { originOf } from "../origin.ts";

export const KLING_ROWS: readonly Row[] = VIDEO_KINDS.flatMap((kind): Row[] => [
  { method: "POST", path: `/videos/${kind}`, handle: creates(kind) },
  ...tellsOf(KLING_FORMS[nameOfForm(kind)], `/videos/${kind}`),
]);

function creates(kind: VideoKind): Handler {
  const form = KLING_FORMS[nameOfForm(kind)];
  return async function create(context: GatewayContext, services: Services): Promise<Response> {
    const identity = await identify(context, services);
    const payload = await readBody(context, services);
    const named = earlierIn(kind, payload);
    const film = named === undefined ? undefined : await earlierFilm(services, identity.accountId, named);
    const asked = readKling(form, kind, payload, film?.earlier);
    const { task, headers } = await submit(context, services, {
      identity,
      asked,
      payload,
      ...(film === undefined ? {} : { maker: film.maker }),
    });
    return answer(context, form.show(viewOf(task, form, originOf(context))), headers);
  };
}

interface OwnFilm {
  readonly earlier: EarlierFilm;
  readonly maker: Maker;
}

/** A film of the account, by the id that it was shown. @throws Fault `resource_not_found`, `not_ready`, `unsupported_feature` */
async function earlierFilm(services: Services, accountId: string, named: string): Promise<OwnFilm> {
  const { task: id, at } = filmOfId(named);
  const found = await services.tasks.store.find(accountId, id);
  if (found?.operation !== "video" || found.state === "submitting") throw noTask();
  const { state, maker, content, model } = await freshened(services.tasks, found);
  if (state !== "succeeded" || maker === undefined) throw new Fault("not_ready");
  const films = objectsOf(isObject(content.native) ? content.native["videos"] : undefined);
  const made = textIn(films[at]?.["id"]);
  if (made === undefined) throw otherMaker();
  const { units, attributes } = maker.terms;
  const length = Number(textIn(films[at]?.["duration"]) ?? (units.durationMs ?? 0) / 1000);
  return {
    earlier: { made, model, seconds: length > 0 && Number.isFinite(length) ? length : undefined, attributes },
    maker,
  };
}

/** Only the vendor whose film it is can go on with it. */
function otherMaker(): Fault {
  return new Fault("unsupported_feature", {
    param: "video_id",
    detail: {
      en: "'{param}': the model that made this video cannot go on with it.",
      zh: "'{param}':生成该视频的模型不支持此操作。",
    },
  });
}
