/** Our own API as a client meets it: a whole app on the test's D1, with an operator. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { expect } from "vitest";
import { createApp, type App } from "../../../src/app.ts";
import { readSettings } from "../../../src/settings.ts";
import { RefusalLog } from "../../../src/relay/refusal-log.ts";
import { buildServices, type Services } from "../../../src/services.ts";

export const ADMIN_TOKEN = "a-token-of-the-operator-in-tests";
export const db = drizzle(env.DB);

/** A clock that only the test moves. */
export interface Clock {
  nowMs: number;
}

/** @param vars added to those of the test's Worker; undefined removes a variable */
export function appWith(vars: Record<string, unknown> = {}, clock?: Clock): App {
  return createApp(servicesWith(vars, clock));
}

export function servicesWith(vars: Record<string, unknown> = {}, clock?: Clock): Services {
  const bindings = { ...env, SESSION_SECRET: undefined, ADMIN_TOKEN, ...vars };
  const read = readSettings(bindings);
  if ("problems" in read) throw new Error(read.problems.join(", "));
  // Waits for no second to end, because the tests wait for the work behind each answer.
  const refusals = new RefusalLog(
    () => Date.now(),
    async () => undefined,
  );
  const services = { ...buildServices(bindings, read.settings), refusals };
  return clock === undefined ? services : { ...services, now: () => clock.nowMs };
}

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- each test says what it expects
  readonly body: any;
  readonly headers: Headers;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** Calls with a bearer token. A text is sent unchanged, anything else as JSON. */
export function caller(app: App, token: string | undefined): Call {
  return async (method, path, body) => {
    const context = createExecutionContext();
    const answer = await app.fetch(
      new Request(`https://gateway.test${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
      env,
      context,
    );
    const text = await answer.text();
    await waitOnExecutionContext(context);
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text), headers: answer.headers };
  };
}

/** Checks the status of an answer, and returns its body. */
export async function expectStatus(answer: Promise<Answer>, status: number): Promise<Answer["body"]> {
  const { status: actual, body } = await answer;
  expect(actual, JSON.stringify(body)).toBe(status);
  return body;
}

/** Every row of every table, to see that nothing was written. */
export async function snapshot(): Promise<unknown> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' ORDER BY name",
  ).all<{ name: string }>();
  const tables = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}" ORDER BY 1, 2`)));
  return Object.fromEntries(results.map(({ name }, position) => [name, tables[position]?.results]));
}
