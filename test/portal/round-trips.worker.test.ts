/** How often a page waits for D1. Each wait is a way to the database's own data centre and back. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, expect, it } from "vitest";
import { charges } from "../../schema/index.ts";
import { createApp } from "../../src/app.ts";
import { seedDemo } from "../../src/cli/demo.ts";
import { writeMonth } from "../../src/cli/demo-month.ts";
import { writeOrders } from "../../src/cli/demo-orders.ts";
import { DEMO_PASSWORD, DEMO_PEOPLE, writeOffers, writePeople } from "../../src/cli/demo-people.ts";
import { drawKey } from "../../src/core/api-key.ts";
import { buildServices } from "../../src/services.ts";
import { readSettings, type Env } from "../../src/settings.ts";
import { CountingD1 } from "../support/counting-d1.ts";
import { addFilm } from "../support/demo-films.ts";
import { ADDRESSES, PAYMENT_SERVICES } from "../support/portal-pages.ts";

const ORIGIN = "https://llm.example.com";
/** Who is signed in, with their user, is the first two. */
const MOST_TRIPS = 4;

const counted = new CountingD1(env.DB);
let app: ReturnType<typeof createApp>;
let chargeId = "";
const cookies: Record<string, string> = { nobody: "" };

beforeAll(async () => {
  const db = drizzle(env.DB);
  const nowMs = Date.now();
  const { CREDENTIALS_KEY: credentialsKey } = env;
  await seedDemo(db, { apiKey: drawKey(), credentialsKey, baseUrl: "http://127.0.0.1:9/v1", nowMs });
  await writePeople(db, nowMs);
  await writeOffers(db, nowMs);
  await writeOrders(env.DB, nowMs);
  await writeMonth(env.DB, nowMs);
  chargeId = (await db.select({ id: charges.id }).from(charges).limit(1))[0]?.id ?? "";
  await addFilm(db, { chargeId, credentialsKey, nowMs });
  const variables = {
    ...env,
    DB: counted.database,
    SESSION_SECRET: "a secret of tests, which signs the cookies of nobody else",
    ADMIN_TOKEN: "an admin token for tests of the portal",
    SIGN_UP: "open",
    CURRENCY: "USD",
    ...PAYMENT_SERVICES,
  } as unknown as Env;
  const read = readSettings(variables);
  if ("problems" in read) throw new Error(read.problems.join());
  // Time stands still, so that no visit finds the site's settings too old.
  app = createApp({ ...buildServices(variables, read.settings), now: () => nowMs });
  for (const { role, email } of DEMO_PEOPLE) {
    const body = new URLSearchParams({ email, password: DEMO_PASSWORD, to: "" }).toString();
    const answer = await visit("/sign-in", {
      method: "POST",
      body,
      headers: {
        origin: ORIGIN,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": String(body.length),
      },
    });
    expect(answer.status).toBe(303);
    cookies[role] = answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; ");
  }
});

async function visit(path: string, init: RequestInit = {}): Promise<Response> {
  const context = createExecutionContext();
  const headers = new Headers({ accept: "text/html", ...(init.headers as Record<string, string>) });
  const answer = await app.fetch(new Request(ORIGIN + path, { ...init, headers }), undefined, context);
  const whole = new Response(await answer.arrayBuffer(), answer);
  await waitOnExecutionContext(context);
  return whole;
}

it.each(Object.entries(ADDRESSES))("%s waits at most four times", async (path, { at = path, as = "user" }) => {
  const address = at.replace("{charge}", chargeId);
  const headers = { cookie: cookies[as] ?? "" };
  // What every page of an isolate shares is known after the first visit.
  await visit(address, { headers });
  counted.trips = 0;
  const answer = await visit(address, { headers });
  expect(answer.status).toBe(200);
  expect(counted.trips).toBeLessThanOrEqual(MOST_TRIPS);
});
