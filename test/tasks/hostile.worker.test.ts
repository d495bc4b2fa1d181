/** Tasks of customers and upstreams that mean harm: nobody else's task waits, or is lost, because of theirs. */
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { routes, tasks } from "../../schema/index.ts";
import { contentOf } from "../../src/tasks/content.ts";
import { lookAfterAll } from "../../src/tasks/due.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import {
  addFilmModel,
  db,
  expectClosed,
  FILM_NANOS,
  isolate,
  MINUTE,
  pass,
  payer,
  submit,
  tasksOf,
} from "./support.ts";

/** What the upstream tells of a film, by its id. */
let told: (id: string) => Record<string, unknown>;
/** The ids that upstreams give. */
let ids: string[];

/** What a callback answers, by its address. */
let callback: (url: string) => Promise<Response>;
let heard: string[];
/** The file of a film. */
let file: () => Response;

const network: Fetch = async (url, { method = "GET" }) => {
  if (url.includes("callback")) {
    heard.push(url);
    return callback(url);
  }
  if (url.endsWith("/content")) return file();
  if (method === "POST") return Response.json({ id: ids.shift() ?? crypto.randomUUID(), status: "queued" });
  return Response.json(told(url.split("/").at(-1) ?? ""));
};
const completed = () => ({ status: "completed", seconds: "4" });

beforeAll(async () => {
  for (const id of ["evil", "good", "moved"]) await addFilmModel(id);
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  [told, ids, heard] = [completed, [], []];
  callback = async () => new Response();
  file = () => new Response("film", { headers: { "content-type": "video/mp4" } });
});

afterEach(async () => {
  await db.delete(tasks);
  vi.useRealTimers();
});

describe("a customer", () => {
  it("cannot store more than a prompt, so that nobody's tasks are too much to be noted", async () => {
    const services = isolate(network);
    const [evil, good] = [await payer(), await payer()];
    const prompt = "a cat ".repeat(110_000);
    const tries = await Promise.allSettled(
      [1, 2, 3, 4].map(async () => submit(services, { accountId: evil, model: "evil", prompt })),
    );
    expect(tries).toMatchObject(tries.map(() => ({ reason: { kind: "invalid_parameter" } })));
    await submit(services, { accountId: good, model: "good" });
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(good)).toBe(FILM_NANOS);
    expect(await expectClosed(evil)).toBe(0);
  });
});

describe("a client", () => {
  it("that asks and leaves, again and again, keeps nobody from looking after its task", async () => {
    const services = isolate(network);
    const accountId = await payer();
    const { id } = await submit(services, { accountId, model: "evil" });
    for (let second = 0; second < 60; second += 3) {
      pass(3000);
      // Its Worker ends with its connection, before the upstream has answered.
      await services.store.claim([id], 3000);
    }
    await lookAfterAll(services);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });
});

describe("callbacks that never answer", () => {
  it("hold up those of their own account alone", async () => {
    const services = isolate(network);
    const [evil, good] = [await payer(), await payer()];
    for (let at = 0; at < 12; at++)
      await submit(services, { accountId: evil, model: "evil", callback: `https://callback${at}.evil.example` });
    await submit(services, { accountId: good, model: "good", callback: "https://callback.good.example" });
    callback = async (url) => {
      if (url.includes("good")) return new Response();
      throw new DOMException("too long", "TimeoutError");
    };
    pass(MINUTE);
    await lookAfterAll(services);
    expect(heard.filter((url) => url.includes("good"))).toHaveLength(1);
    expect(heard.filter((url) => url.includes("evil"))).toHaveLength(1);
    callback = async () => new Response();
    pass(MINUTE);
    await lookAfterAll(services);
    expect(new Set(heard.filter((url) => url.includes("evil"))).size).toBe(12);
  });
});

describe("an upstream", () => {
  it.each(["image/svg+xml", "image/SVG+XML; charset=utf-8", "image/png, text/html", "text/html"])(
    "has nothing of the type %s shown from the gateway's own address",
    async (type) => {
      const services = isolate(network);
      const accountId = await payer();
      const { id } = await submit(services, { accountId, model: "evil" });
      pass(MINUTE);
      await lookAfterAll(services);
      const task = await services.store.find(accountId, id);
      if (task === undefined) throw new Error("no task");
      const wanted = { variant: "video", range: undefined, signal: new AbortController().signal };
      await (await contentOf(services, task, wanted)).body?.cancel();
      file = () => new Response("<svg><script>alert(1)</script></svg>", { headers: { "content-type": type } });
      await expect(contentOf(services, task, wanted)).rejects.toMatchObject({ kind: "upstream_error" });
    },
  );

  it.each<[string, () => Record<string, unknown>]>([
    ["an address without end", () => ({ ...completed(), url: `https://evil.example/${"a".repeat(2_500_000)}` })],
    ["more than can be read", () => ({ ...completed(), error: { message: "a".repeat(3_000_000) }, status: "failed" })],
  ])("that tells %s keeps nobody else's tasks from their end", async (_name, lie) => {
    const services = isolate(network);
    const [evil, good] = [await payer(), await payer()];
    ids = ["lie"];
    await submit(services, { accountId: evil, model: "evil" });
    await submit(services, { accountId: good, model: "good" });
    told = (id) => (id === "lie" ? lie() : completed());
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(good)).toBe(FILM_NANOS);
  });

  it.each(["\uD800", "../../../files", "a".repeat(3_000_000)])("may give ids such as %.20s", async (id) => {
    const services = isolate(network);
    const [evil, good] = [await payer(), await payer()];
    ids = [id];
    await submit(services, { accountId: evil, model: "evil" }).catch(() => undefined);
    await submit(services, { accountId: good, model: "good" });
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(good)).toBe(FILM_NANOS);
  });
});

describe("a database", () => {
  it("that notes who took a task but fails to say so gives no film away", async () => {
    const services = isolate(network);
    const accountId = await payer();
    const { store } = services;
    const deaf = Object.assign(Object.create(store) as typeof store, {
      make: store.make.bind(store),
      forget: store.forget.bind(store),
      async taken(...of: Parameters<typeof store.taken>): Promise<boolean> {
        await store.taken(...of);
        throw new Error("D1_ERROR: network connection lost");
      },
    });
    await expect(submit({ ...services, store: deaf }, { accountId, model: "good" })).rejects.toThrow();
    expect(await tasksOf(accountId)).toMatchObject([{ state: "queued" }]);
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await tasksOf(accountId)).toMatchObject([{ state: "succeeded" }]);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });
});

describe("a charge", () => {
  it("that cannot be closed keeps no other open", async () => {
    const services = isolate(network);
    const [mine, good] = [await payer(), await payer()];
    const { id } = await submit(services, { accountId: mine, model: "evil" });
    await submit(services, { accountId: good, model: "good" });
    const [row] = await tasksOf(mine);
    const terms = JSON.parse(row?.terms ?? "") as { units: object };
    const units = { durationMs: 0.5, actions: 1 };
    await db
      .update(tasks)
      .set({ terms: JSON.stringify({ ...terms, units }) })
      .where(eq(tasks.id, id));
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(good)).toBe(FILM_NANOS);
    expect(await tasksOf(mine)).toMatchObject([{ state: "succeeded", closedAt: null }]);
  });
});

describe("an operator", () => {
  it("who has a route speak for something else stops the tasks of that route alone", async () => {
    const services = isolate(network);
    const [mine, good] = [await payer(), await payer()];
    await submit(services, { accountId: mine, model: "moved" });
    await submit(services, { accountId: good, model: "good" });
    await db.update(routes).set({ wire: "openai.chat" }).where(eq(routes.upstreamId, "moved"));
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(good)).toBe(FILM_NANOS);
    expect(await tasksOf(mine)).toMatchObject([{ state: "queued" }]);
  });
});
