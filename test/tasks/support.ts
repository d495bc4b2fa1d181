/** Tasks on the test's own D1, with upstreams that are a function, and a time that tests set. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { expect, vi } from "vitest";
import { accounts, charges, tasks } from "../../schema/index.ts";
import { brokenInvariantsOf } from "../../src/billing/invariants.ts";
import { uuidv7 } from "../../src/core/id.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { RequestLog } from "../../src/relay/request-log.ts";
import { readSettings } from "../../src/settings.ts";
import { buildServices } from "../../src/services.ts";
import { submitTask, type TaskOptions } from "../../src/tasks/submit.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { TaskServices } from "../../src/tasks/task-services.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { videoForm } from "../../src/wire/openai/video-form.ts";
import { addAccount } from "../billing/support.ts";
import { Life, mortalD1 } from "../support/mortal-d1.ts";
import { addModel, addUpstream } from "../support/seed.ts";

export const db = drizzle(env.DB);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Nanos of a film of four seconds. */
export const FILM_NANOS = 400;

const FOREVER = new Life(Number.POSITIVE_INFINITY, "after");

/** The services of one isolate. @param life undefined = it is never killed */
export function isolate(
  fetch: Fetch,
  { life = FOREVER, vars = {} }: { life?: Life; vars?: Record<string, unknown> } = {},
): TaskServices {
  const bindings = { ...env, ...vars, DB: life === FOREVER ? env.DB : mortalD1(env.DB, life) };
  const read = readSettings(bindings);
  if ("problems" in read) throw new Error(read.problems.join(", "));
  const services = buildServices(bindings, read.settings).tasks;
  const mortal: Fetch = async (url, init) => life.step(async () => fetch(url, init));
  return { ...services, relay: { ...services.relay, fetch: mortal }, wake: async () => undefined };
}

export async function addFilmModel(
  id: string,
  upstreamIds: readonly string[] = [id],
  wire = "openai.videos",
): Promise<void> {
  for (const upstreamId of upstreamIds)
    await addUpstream(db, { id: upstreamId, baseUrl: `https://${upstreamId}.example/v1` });
  await addModel(db, {
    id,
    operation: "video",
    price: { inputNanos: 0, outputNanos: 0 },
    rates: [{ unit: "durationMs", nanos: FILM_NANOS / 4 }],
    routes: upstreamIds.map((upstreamId, at) => ({
      upstreamId,
      wire,
      upstreamModel: id,
      priority: -at,
    })),
  });
}

/** An account with money for many films. */
export async function payer(): Promise<string> {
  return addAccount({ balance: 1_000_000 });
}

export async function submit(
  services: TaskServices,
  {
    accountId,
    model,
    callback,
    retryKey,
    prompt = "a cat",
  }: { accountId: string; model: string; callback?: string; retryKey?: string; prompt?: string },
): Promise<Task> {
  const payload = jsonPayload({
    model,
    prompt,
    seconds: "4",
    ...(callback === undefined ? {} : { callback_url: callback }),
  });
  const options: TaskOptions = {
    asked: videoForm.read(payload, { params: {}, headers: new Headers() }),
    origin: "https://gateway.example",
    payer: { accountId, keyId: "key", ratioPpm: 1_000_000 },
    account: "alias",
    scope: { groupId: null, allowedModels: null, allowedIps: null, planTier: null },
    endpoint: "POST /v1/videos",
    clientRequestId: undefined,
    retry: { key: retryKey, request: crypto.randomUUID(), isRepeated: false },
    defer: (work) => void work.catch(() => undefined),
    log: new RequestLog(uuidv7(Date.now()), Date.now),
  };
  const { task } = await submitTask(services, options);
  return task;
}

export function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** The task as the store has it. */
export async function found({ store }: TaskServices, id: string): Promise<Task> {
  const task = await store.findAnyones(id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

export const chargesOf = async (accountId: string) => db.select().from(charges).where(eq(charges.accountId, accountId));
export const tasksOf = async (accountId: string) => db.select().from(tasks).where(eq(tasks.accountId, accountId));

/** Nothing is held, and every sum is right. @returns what was spent */
export async function expectClosed(accountId: string): Promise<number> {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  expect(account).toMatchObject({ heldNanos: 0, openCharges: 0 });
  expect(await brokenInvariantsOf(env.DB, accountId)).toEqual([]);
  return 1_000_000 - (account?.balanceNanos ?? 0);
}
