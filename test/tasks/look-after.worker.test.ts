/** Tasks on a real database: many of them, lost ones, late ones, and callbacks. */
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { apiKeys, tasks } from "../../schema/index.ts";
import { lookAfterAll, lookAfterUpstream } from "../../src/tasks/due.ts";
import type { TaskServices } from "../../src/tasks/task-services.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { Life } from "../support/mortal-d1.ts";
import {
  addFilmModel,
  db,
  expectClosed,
  FILM_NANOS,
  HOUR,
  isolate,
  MINUTE,
  pass,
  payer,
  submit,
  tasksOf,
} from "./support.ts";

type Json = Record<string, unknown>;

/** What upstreams tell of a film, and the calls that they and callbacks got. */
let told: () => Response;
let calls: { url: string; method: string; headers: Headers; body: string }[];
let callback: () => Response;

const network: Fetch = async (url, { method = "GET", headers, body }) => {
  calls.push({ url, method, headers: new Headers(headers), body: typeof body === "string" ? body : "" });
  if (url.startsWith("https://client.example")) return callback();
  if (method === "POST") return Response.json({ id: `film-${calls.length}`, status: "queued" });
  return told();
};

const google: Fetch = async (_url, { method = "GET" }) =>
  method === "POST" ? Response.json({ name: "models/veo/operations/x" }) : told();

const running = () => Response.json({ status: "in_progress", progress: 10 });
const completed = () => Response.json({ status: "completed", seconds: "4" });
const asked = () => calls.filter(({ method, url }) => method === "GET" && !url.startsWith("https://client"));
const heard = () => calls.filter(({ url }) => url.startsWith("https://client"));

beforeAll(async () => {
  await addFilmModel("one");
  await addFilmModel("two");
  await addFilmModel("veo", ["veo"], "gemini.video");
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  [told, callback, calls] = [running, () => new Response(), []];
});

afterEach(async () => {
  await db.delete(tasks);
  vi.useRealTimers();
});

describe("a task", () => {
  it("is asked for often while it is young, seldom when it is old, and has failed after a day", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await submit(services, { accountId, model: "one" });
    for (const [seconds, step, most] of [
      [60, 2, 12],
      [540, 5, 54],
      [3000, 20, 50],
    ] as const) {
      const before = asked().length;
      for (let waited = 0; waited < seconds; waited += step) {
        pass(step * 1000);
        await lookAfterAll(services);
      }
      expect(asked().length - before).toBeLessThanOrEqual(most);
      expect(asked().length - before).toBeGreaterThan(most / 3);
    }
    pass(24 * HOUR);
    await lookAfterAll(services);
    expect(await tasksOf(accountId)).toMatchObject([{ state: "failed" }]);
    expect(await expectClosed(accountId)).toBe(0);
  });

  it("may be unknown to its upstream for a minute, and is then lost", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await submit(services, { accountId, model: "one" });
    told = () => Response.json({ error: { message: "no such video" } }, { status: 404 });
    for (let second = 0; second < 50; second += 5) {
      pass(5000);
      await lookAfterAll(services);
    }
    expect(await tasksOf(accountId)).toMatchObject([{ state: "queued" }]);
    for (let second = 0; second < 60; second += 10) {
      pass(10_000);
      await lookAfterAll(services);
    }
    expect(await tasksOf(accountId)).toMatchObject([{ state: "failed" }]);
    expect(await expectClosed(accountId)).toBe(0);
  });

  it.each([
    ["You do not have permission to access the Operation x or it may not exist.", "failed"],
    ["Permission 'predict' denied on resource 'x' (or it may not exist).", "queued"],
    ["Your API key was reported as leaked. Please use another API key.", "queued"],
  ])("of Google's is lost where it is not there, and waits where a key is refused: %s", async (message, state) => {
    const [services, accountId] = [isolate(google), await payer()];
    await submit(services, { accountId, model: "veo" });
    told = () => Response.json({ error: { code: 403, message, status: "PERMISSION_DENIED" } }, { status: 403 });
    for (let minute = 0; minute < 10; minute++) {
      pass(MINUTE);
      await lookAfterAll(services);
    }
    expect(await tasksOf(accountId)).toMatchObject([{ state }]);
  });

  it("is waited for while its upstream cannot tell, however often", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await submit(services, { accountId, model: "one" });
    for (const status of [500, 401, 403, 429, 404, 503, 200]) {
      told = () => new Response("<html>", { status });
      pass(2 * MINUTE);
      await lookAfterAll(services);
      expect(await tasksOf(accountId)).toMatchObject([{ state: "queued" }]);
    }
    told = completed;
    pass(2 * MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });

  it("ends as it was first told, whoever else hears otherwise at the same time", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    const { id } = await submit(services, { accountId, model: "one" });
    pass(MINUTE);
    // Two look at it, because the first is slow.
    const slow: TaskServices = {
      ...services,
      relay: {
        ...services.relay,
        fetch: async () => {
          await lookAfterAll(services);
          return Response.json({ status: "failed" });
        },
      },
    };
    told = completed;
    const claimed = await services.store.claimDue(10);
    await db.update(tasks).set({ dueAt: 0 }).where(eq(tasks.id, id));
    const { lookAfter } = await import("../../src/tasks/look-after.ts");
    await lookAfter(slow, claimed);
    expect(await tasksOf(accountId)).toMatchObject([{ state: "succeeded" }]);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });

  it("is looked after by one at a time, and by another one after a minute", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await submit(services, { accountId, model: "one" });
    pass(MINUTE);
    expect(await services.store.claimDue(10)).toHaveLength(1);
    expect(await services.store.claimDue(10)).toEqual([]);
    pass(MINUTE);
    expect(await services.store.claimDue(10)).toHaveLength(1);
    told = completed;
    pass(2 * MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });

  it("pays no more than was asked for, whatever its upstream says that it made", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    for (const seconds of ["400", "-1", "NaN", "1e99", "2"]) {
      await submit(services, { accountId, model: "one" });
      told = () => Response.json({ status: "completed", seconds });
      pass(MINUTE);
      await lookAfterAll(services);
    }
    expect(await expectClosed(accountId)).toBe(4.5 * FILM_NANOS);
  });
});

describe("an account", () => {
  it("has no more open tasks than it may", async () => {
    const [services, accountId] = [isolate(network, { vars: { MAX_OPEN_TASKS: "3" } }), await payer()];
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, async () => submit(services, { accountId, model: "one" })),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    const refusals = tries.flatMap((one) => (one.status === "rejected" ? [one.reason as { kind: string }] : []));
    expect(refusals.every(({ kind }) => kind === "concurrency_limited")).toBe(true);
    expect(calls).toHaveLength(3);
  });
});

describe("a thousand open tasks", () => {
  it("are looked after by few runs, each within what an invocation may ask, and none is left out", async () => {
    const many = isolate(network, { vars: { MAX_OPEN_TASKS: "1000", MAX_OPEN_REQUESTS: "1000" } });
    const accountId = await payer();
    for (let made = 0; made < 1000; made++) {
      await submit(many, { accountId, model: made % 2 === 0 ? "one" : "two" });
    }
    [calls, told] = [[], completed];
    pass(MINUTE);
    let runs = 0;
    for (; (await tasksOf(accountId)).some(({ closedAt }) => closedAt === null); runs++) {
      const life = new Life(Number.POSITIVE_INFINITY, "after");
      await lookAfterAll(isolate(network, { life }));
      expect(life.steps).toBeLessThanOrEqual(700);
      expect(runs).toBeLessThan(8);
    }
    expect(asked()).toHaveLength(1000);
    expect(await expectClosed(accountId)).toBe(1000 * FILM_NANOS);
  }, 120_000);
});

describe("a callback", () => {
  const url = "https://client.example/told";

  it("is told of each change, signed with the hash of the key", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await db.insert(apiKeys).values({ id: "key", accountId, hash: "a1b2", prefix: "sk", name: "k", createdAt: 0 });
    const { id } = await submit(services, { accountId, model: "one", callback: url });
    for (const tell of [running, running, completed]) {
      told = tell;
      pass(MINUTE);
      await lookAfterUpstream(services, "one");
    }
    const bodies = heard().map(({ body }) => JSON.parse(body) as Json);
    expect(bodies).toMatchObject([
      { id, status: "in_progress", progress: 10 },
      {
        id,
        status: "completed",
        progress: 100,
        url: expect.stringMatching(/^https:\/\/gateway\.example\/v1\/videos\//) as string,
      },
    ]);
    const [{ headers, body } = { headers: new Headers(), body: "" }] = heard();
    const [, seconds = "", signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers.get("x-gateway-signature") ?? "") ?? [];
    const key = await crypto.subtle.importKey("raw", bytes("a1b2"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const signed = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes(`${seconds}.${body}`)));
    expect(signature).toBe(Array.from(signed, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  });

  it("is tried again until it answers, and no more than an hour or two", async () => {
    const [services, accountId] = [isolate(network), await payer()];
    await submit(services, { accountId, model: "one", callback: url });
    callback = () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } });
    told = completed;
    for (let minute = 0; minute < 300; minute++) {
      pass(MINUTE);
      await lookAfterUpstream(services, "one");
    }
    expect(heard()).toHaveLength(6);
    expect(calls.some(({ url: to }) => to.includes("elsewhere"))).toBe(false);
    await submit(services, { accountId, model: "one", callback: url });
    calls = [];
    for (let minute = 0; minute < 300; minute++) {
      if (minute === 3) callback = () => new Response();
      pass(MINUTE);
      await lookAfterUpstream(services, "one");
    }
    expect(heard().length).toBeGreaterThan(1);
    expect(heard().length).toBeLessThan(6);
    expect(await expectClosed(accountId)).toBe(2 * FILM_NANOS);
  });

  it.each([
    "http://client.example/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://user:word@client.example/",
    "x",
  ])("is told at a public address alone: %s", async (address) => {
    const [services, accountId] = [isolate(network, { vars: { ALLOW_PRIVATE_UPSTREAMS: "false" } }), await payer()];
    await expect(submit(services, { accountId, model: "one", callback: address })).rejects.toMatchObject({
      kind: "invalid_parameter",
      options: { param: "callback_url" },
    });
    expect(await tasksOf(accountId)).toEqual([]);
  });
});

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
