/**
 * Tells clients' callbacks of their tasks. A callback is told at least once of the last state; what it was not told is tried
 * again for more than an hour.
 */
import { hmacSha256 } from "../core/hmac.ts";
import { inLanes } from "../core/in-lanes.ts";
import { toHex } from "../core/id.ts";
import { log } from "../core/log.ts";
import { checkPublic } from "../upstream/base-url.ts";
import { invalid } from "../wire/invalid.ts";
import type { News } from "./task-records.ts";
import type { TaskServices } from "./task-services.ts";
import { formOf, viewOf } from "./view.ts";

const AT_ONCE = 50;
const PATIENCE_MS = 10_000;
const MOST_CHARACTERS = 2000;

/** @param name as the client writes it. @throws Fault `invalid_parameter` for an address that nobody may be sent to */
export function checkCallback(url: string, name: string, allowPrivate: boolean): void {
  try {
    if (url.length > MOST_CHARACTERS) throw new Error("the address is too long");
    checkPublic(new URL(url), allowPrivate);
  } catch {
    throw invalid(name, "must be a public https address", "必须是公网 https 地址");
  }
}

/** @param upstreamId of this one alone */
export async function tellCallbacks(services: TaskServices, upstreamId?: string): Promise<void> {
  const news = await services.store.claimNews(AT_ONCE, upstreamId);
  const groups = Map.groupBy(news, ({ task }) => task.accountId);
  await inLanes([...groups.values()], async (group) => tellAccount(services, group));
}

/** Where one of an account's callbacks cannot be reached, its others wait for their next turn: nobody else waits for them. */
async function tellAccount(services: TaskServices, group: readonly News[]): Promise<void> {
  for (const news of group) if (!(await tell(services, news))) return;
}

/** @returns false where the callback could not be reached */
async function tell(services: TaskServices, news: News): Promise<boolean> {
  const { task } = news;
  const { callback, origin } = task.content;
  const form = formOf(task);
  if (callback === undefined || form === undefined) return true;
  try {
    const view = viewOf(task, form, origin);
    const body = JSON.stringify(form.tell?.(view) ?? form.show(view));
    const key = await services.keyHash(task.keyId);
    const response = await services.relay.fetch(callback, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "token-gateway",
        "x-gateway-task": task.id,
        ...(key === undefined ? {} : { "x-gateway-signature": await signatureOf(body, key, services.relay.now()) }),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    if (response.ok) await services.store.told(news);
    else log("info", "callback_refused", { task: task.id, status: response.status });
    return true;
  } catch (error) {
    log("info", "callback_unreachable", { task: task.id, reason: String(error).slice(0, 100) });
    return false;
  }
}

/**
 * `t=<Unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>`. Its key is the SHA-256 of the client's API key in lower-case
 * hexadecimal, which the client knows and nobody else.
 */
async function signatureOf(body: string, keyHash: string, nowMs: number): Promise<string> {
  const seconds = Math.floor(nowMs / 1000);
  return `t=${seconds},v1=${toHex(await hmacSha256(keyHash, `${seconds}.${body}`))}`;
}
