/** Pictures in the form of midjourney-proxy: `/mj`, and a mount for each mode. */
import { MIDJOURNEY_KEY_PLACES } from "../../access/key-places.ts";
import { Fault } from "../../core/fault.ts";
import { PAINT_MODES, type PaintMode } from "../../operation/paint/paint-request.ts";
import type { Services } from "../../services.ts";
import { giveBack } from "../../tasks/closing.ts";
import { allFreshened, freshened } from "../../tasks/due.ts";
import { seedOf } from "../../tasks/seed.ts";
import type { Maker, Task } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { invalid } from "../../wire/invalid.ts";
import { midjourneyDialect } from "../../wire/midjourney/dialect.ts";
import { paintForm, paintRequest, stepIn, submitted, type Earlier } from "../../wire/midjourney/paint-form.ts";
import type { TaskView } from "../../wire/task-types.ts";
import { STEP_PATHS } from "../../wire/midjourney/paint-steps.ts";
import { textsIn } from "../../wire/values.ts";
import { commonHeaders } from "../answer-headers.ts";
import { admitAnyone, identify } from "../caller.ts";
import { faultResponse } from "../fault-response.ts";
import { matchOf } from "../match.ts";
import type { GatewayContext, Handler, Row, Surface } from "../types.ts";
import { noTask, ownTask, readBody, sendResult, submit } from "./task-endpoints.ts";
import { originOf } from "../origin.ts";

const OPERATION = "paint";
const MOST_LISTED = 100;

function rowsOf(mode: PaintMode | undefined): readonly Row[] {
  return [
    ...STEP_PATHS.map((path): Row => ({ method: "POST", path, handle: submits(mode) })),
    { method: "GET", path: "/task/:id/fetch", handle: retrieve },
    { method: "GET", path: "/task/:id/image-seed", handle: seed },
    { method: "POST", path: "/task/list-by-condition", handle: list },
    { method: "GET", path: "/image/:id", handle: picture },
    { method: "GET", path: "/video/:id", handle: film },
  ];
}

/** The mount of each mode, and one that leaves it to the prompt. */
export const MIDJOURNEY_SURFACES: readonly Surface[] = [undefined, ...PAINT_MODES].map((mode) => ({
  mount: mode === undefined ? "/mj" : `/mj-${mode}/mj`,
  dialect: midjourneyDialect,
  keyPlaces: MIDJOURNEY_KEY_PLACES,
  answerFault: faultResponse,
  rows: rowsOf(mode),
}));

function submits(mode: PaintMode | undefined): Handler {
  return async function submitStep(context: GatewayContext, services: Services): Promise<Response> {
    const identity = await identify(context, services);
    const payload = await readBody(context, services);
    const step = stepIn(payload, matchOf(context).path ?? "");
    const parent = step.parent === undefined ? undefined : await parentOf(services, identity.accountId, step.parent);
    if (parent !== undefined && !(step.step === "fill" ? parent.state !== "failed" : parent.state === "succeeded")) {
      throw new Fault("not_ready");
    }
    const asked = paintRequest(step, {
      ...(mode === undefined ? {} : { mode }),
      ...(parent === undefined ? {} : { earlier: earlierOf(parent) }),
    });
    const made = await submit(context, services, {
      identity,
      asked,
      payload,
      ...(parent === undefined ? {} : { maker: parent.maker }),
    });
    // What it asks for is paid for by what fills it.
    if (step.step === "fill" && parent?.maker.terms.window === "open")
      context.executionCtx.waitUntil(giveBack(services.tasks, parent));
    return Response.json(submitted(view(context, made.task), made.words), { headers: made.headers });
  };
}

type Parent = Task & { readonly maker: Maker };

/** @throws Fault `resource_not_found` */
async function parentOf({ tasks }: Services, accountId: string, id: string): Promise<Parent> {
  const found = await tasks.store.find(accountId, id);
  if (found?.operation !== OPERATION) throw noTask();
  const task = await freshened(tasks, found);
  const { maker } = task;
  if (maker === undefined || maker.task === "") throw noTask();
  return { ...task, maker };
}

function earlierOf({ maker, content }: Parent): Earlier {
  return { made: maker.task, shown: content.shown, mode: maker.terms.attributes.mode, native: content.native };
}

async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
  const task = await ownTask(context, services, OPERATION);
  return Response.json(paintForm.show(view(context, task)), { headers: commonHeaders(context, services) });
}

async function seed(context: GatewayContext, services: Services): Promise<Response> {
  const task = await ownTask(context, services, OPERATION);
  if (task.state !== "succeeded") throw new Fault("not_ready");
  const body = { code: 1, description: "success", result: await seedOf(services.tasks, task) };
  return Response.json(body, { headers: commonHeaders(context, services) });
}

/** Those that nobody knows are left out. */
async function list(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const payload = await readBody(context, services);
  const ids = textsIn(payload.kind === "json" ? payload.value["ids"] : undefined);
  if (ids.length > MOST_LISTED) {
    throw invalid("ids", `must hold at most ${MOST_LISTED} ids`, `最多 ${MOST_LISTED} 个`);
  }
  const found = await services.tasks.store.findMany(accountId, ids);
  const own = found.filter(({ operation, state }) => operation === OPERATION && state !== "submitting");
  const fresh = await allFreshened(services.tasks, accountId, own);
  const shown = fresh.map((task) => paintForm.show(view(context, task)));
  return Response.json(shown, { headers: commonHeaders(context, services) });
}

/** The picture, or how it looks so far. Its id is the key. */
async function picture(context: GatewayContext, services: Services): Promise<Response> {
  return sendAnyones(context, services, "image");
}

async function film(context: GatewayContext, services: Services): Promise<Response> {
  return sendAnyones(context, services, context.req.query("variant") ?? "video");
}

async function sendAnyones(context: GatewayContext, services: Services, variant: string): Promise<Response> {
  await admitAnyone(context, services);
  const task = await services.tasks.store.findAnyones(context.req.param("id") ?? "");
  if (task?.operation !== OPERATION || task.state === "failed") throw noTask();
  return sendResult(context, services, task, variant);
}

function view(context: GatewayContext, task: Task): TaskView {
  return viewOf(task, paintForm, originOf(context));
}
