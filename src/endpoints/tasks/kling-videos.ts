/** Films in Kling's form: each of its endpoints takes tasks, and tells of those that it took. */
import { Fault } from "../../core/fault.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import { freshened } from "../../tasks/due.ts";
import type { Maker, Task } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { invalid } from "../../wire/invalid.ts";
import { earlierIn, readKling, type EarlierFilm } from "../../wire/kling/read-video.ts";
import { dataOf, filmOfId, KLING_FORMS, nameOfForm, success } from "../../wire/kling/video-form.ts";
import { VIDEO_KINDS, type VideoKind } from "../../wire/kling/video-kinds.ts";
import { textIn } from "../../wire/values.ts";
import { commonHeaders } from "../answer-headers.ts";
import { identify } from "../caller.ts";
import type { GatewayContext, Handler, Row } from "../types.ts";
import { noTask, readBody, submit } from "./task-endpoints.ts";

export const KLING_ROWS: readonly Row[] = VIDEO_KINDS.flatMap((kind): Row[] => [
  { method: "POST", path: `/videos/${kind}`, handle: creates(kind) },
  { method: "GET", path: `/videos/${kind}`, handle: lists(kind) },
  { method: "GET", path: `/videos/${kind}/:id`, handle: retrieves(kind) },
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
    const body = form.show(viewOf(task, form, originOf(context)));
    return Response.json({ ...body, request_id: context.var.log.requestId }, { headers });
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

function retrieves(kind: VideoKind): Handler {
  const form = KLING_FORMS[nameOfForm(kind)];
  return async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
    const { accountId } = await identify(context, services);
    const { store } = services.tasks;
    const id = context.req.param("id") ?? "";
    const found = (await store.find(accountId, id)) ?? (await store.findNamed(accountId, id));
    if (found?.form !== form.name || found.state === "submitting") throw noTask();
    const task = await freshened(services.tasks, found);
    return answer(context, services, form.show(viewOf(task, form, originOf(context))));
  };
}

const MOST_PAGES = 1000;
const MOST_LISTED = 500;
const USUALLY_LISTED = 30;

function lists(kind: VideoKind): Handler {
  const form = KLING_FORMS[nameOfForm(kind)];
  return async function list(context: GatewayContext, services: Services): Promise<Response> {
    const { accountId } = await identify(context, services);
    const page = numberOf(context, "pageNum", { usual: 1, most: MOST_PAGES });
    const limit = numberOf(context, "pageSize", { usual: USUALLY_LISTED, most: MOST_LISTED });
    const query = { accountId, form: form.name, limit, offset: (page - 1) * limit, order: "desc" } as const;
    const { tasks } = await services.tasks.store.list(query);
    const seen = (task: Task) => dataOf(viewOf(task, form, originOf(context)));
    return answer(context, services, success(tasks.map(seen)));
  };
}

/** @throws Fault `invalid_parameter` */
function numberOf({ req }: GatewayContext, name: string, { usual, most }: { usual: number; most: number }): number {
  const number = Number(req.query(name) ?? usual);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw invalid(name, `must be from 1 to ${most}`, `须为 1 到 ${most}`);
}

function answer(context: GatewayContext, services: Services, body: JsonObject): Response {
  const { requestId } = context.var.log;
  return Response.json({ ...body, request_id: requestId }, { headers: commonHeaders(context, services) });
}

function originOf({ req }: GatewayContext): string {
  return new URL(req.url).origin;
}
