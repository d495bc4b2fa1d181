/** What the endpoints of tasks have in common, in whatever form their clients speak. */
import { accountAlias } from "../../access/account-alias.ts";
import type { Identity } from "../../access/key-store.ts";
import { hashOfRequest, readRetry } from "../../access/retries/retry.ts";
import { Fault } from "../../core/fault.ts";
import { sha256Hex } from "../../core/id.ts";
import { isSameText } from "../../core/same-text.ts";
import type { Payload } from "../../core/payload.ts";
import { askedModels } from "../../operation/demand.ts";
import { AUTO } from "../../routing/plan.ts";
import type { Services } from "../../services.ts";
import { contentOf } from "../../tasks/content.ts";
import { freshened } from "../../tasks/due.ts";
import { submitTask } from "../../tasks/submit.ts";
import type { Maker, Task } from "../../tasks/task.ts";
import type { TaskRetry } from "../../tasks/task-records.ts";
import type { TaskRequest } from "../../wire/task-types.ts";
import { commonHeaders } from "../answer-headers.ts";
import { admitAnyone, identify } from "../caller.ts";
import { readPayload, type BodyKind } from "../request-body.ts";
import type { GatewayContext } from "../types.ts";
import { originOf } from "../origin.ts";

/** The client's body. */
export async function readBody(
  context: GatewayContext,
  { settings }: Services,
  accepts: readonly BodyKind[] = ["json"],
): Promise<Payload> {
  const sizes = { maxBytes: settings.MAX_BODY_BYTES, maxFormBytes: settings.MAX_UPLOAD_BYTES };
  return context.var.log.time("body", readPayload(context.req.raw, sizes, accepts));
}

interface Submission {
  readonly identity: Identity;
  readonly asked: TaskRequest;
  readonly payload: Payload;
  /** Who must make it, because it goes on with an earlier task. */
  readonly maker?: Maker;
}

interface Submitted {
  readonly task: Task;
  readonly headers: Record<string, string>;
  /** What its upstream says of it. */
  readonly words: string | undefined;
}

/** Makes a task, and tells its client with which headers. @throws Fault */
export async function submit(
  context: GatewayContext,
  services: Services,
  { identity, asked, payload, maker }: Submission,
): Promise<Submitted> {
  const { log, clientRequestId, endpoint } = context.var;
  log.note({ asked_model: askedModels(asked.demand, AUTO) });
  const { task, warnings, attempts, isReplayed, words } = await submitTask(services.tasks, {
    asked,
    origin: originOf(context),
    payer: identity,
    account: await accountAlias(identity.accountId),
    scope: identity,
    endpoint,
    clientRequestId,
    retry: await retryOf(context, identity, payload),
    defer: (work) => context.executionCtx.waitUntil(work),
    log,
    ...(maker === undefined ? {} : { maker }),
  });
  const headers = {
    ...commonHeaders(context, services),
    "x-gateway-model": task.model,
    "x-gateway-attempts": String(attempts),
    ...(warnings.length === 0 ? {} : { "x-gateway-warnings": warnings.join(", ") }),
    ...(isReplayed ? { "x-gateway-replayed": "true" } : {}),
  };
  return { task, headers, words };
}

async function retryOf(
  { req, var: { endpoint } }: GatewayContext,
  { keyId }: Identity,
  payload: Payload,
): Promise<TaskRetry> {
  const retry = readRetry(req.raw.headers);
  const hash = (await hashOfRequest(payload, `${endpoint}\n${req.path}`, false)) ?? "";
  return {
    key: retry?.key === undefined ? undefined : await sha256Hex(`${keyId}\n${retry.key}`),
    request: await sha256Hex(`${keyId}\n${hash}`),
    isRepeated: retry?.isRepeated === true,
  };
}

/** A task of the caller's account, as it is now. @throws Fault `resource_not_found` */
export async function ownTask(
  context: GatewayContext,
  services: Services,
  operation: string,
  id: string = context.req.param("id") ?? "",
): Promise<Task> {
  const { accountId } = await identify(context, services);
  const task = await services.tasks.store.find(accountId, id);
  if (task?.operation !== operation || task.state === "submitting") throw noTask();
  return freshened(services.tasks, task);
}

/** The task whose result a client wants: with the key, or by the link that the task itself tells. @throws Fault `resource_not_found` */
export async function openedTask(
  context: GatewayContext,
  services: Services,
  operation: string,
  id?: string,
): Promise<Task> {
  const { token } = context.req.query();
  if (token === undefined) return ownTask(context, services, operation, id);
  const task = await taskOfLink(context, services, token, id);
  if (task.operation !== operation) throw noTask();
  return task;
}

/** Whoever has the link of a task may have its result. @throws Fault `resource_not_found` */
async function taskOfLink(
  context: GatewayContext,
  services: Services,
  token: string,
  id: string = context.req.param("id") ?? "",
): Promise<Task> {
  await admitAnyone(context, services);
  const task = await services.tasks.store.findAnyones(id);
  const { link = "" } = task?.content ?? {};
  if (task === undefined || link === "" || !(await isSameText(token, link))) throw noTask();
  return task;
}

/** A result of a task. @throws Fault `not_ready`, `resource_not_found`, `upstream_error` */
export async function sendContent(
  context: GatewayContext,
  services: Services,
  task: Task,
  variant: string,
): Promise<Response> {
  if (task.state !== "succeeded") throw new Fault("not_ready");
  return sendResult(context, services, task, variant);
}

/** What there is of a result, also before the task is over. @throws Fault `resource_not_found`, `upstream_error` */
export async function sendResult(
  context: GatewayContext,
  services: Services,
  task: Task,
  variant: string,
): Promise<Response> {
  const range = context.req.header("range");
  const response = await contentOf(services.tasks, task, { variant, range, signal: context.req.raw.signal });
  for (const [name, value] of Object.entries(commonHeaders(context, services))) response.headers.set(name, value);
  const isWhole = task.state === "succeeded";
  response.headers.set("cache-control", isWhole ? "private, max-age=3600" : "no-store");
  return response;
}

export function noTask(): Fault {
  return new Fault("resource_not_found", {
    detail: { en: "There is no such task.", zh: "任务不存在。" },
  });
}
