/** Results in the operator's bucket: a real one of workerd's, with a database and upstreams that are a function. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { tasks } from "../../schema/index.ts";
import { readSettings } from "../../src/settings.ts";
import { contentOf } from "../../src/tasks/content.ts";
import { lookAfterAll } from "../../src/tasks/due.ts";
import { keepResults, removeTask } from "../../src/tasks/kept-results.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { TaskServices } from "../../src/tasks/task-services.ts";
import { viewOf } from "../../src/tasks/view.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { videoForm } from "../../src/wire/openai/video-form.ts";
import { Life } from "../support/mortal-d1.ts";
import { addFilmModel, db, found, HOUR, isolate, MINUTE, pass, payer, submit, tasksOf } from "./support.ts";

const DAY = 24 * HOUR;
const { TEST_RESULTS: bucket } = env as unknown as { readonly TEST_RESULTS: R2Bucket };
const FILM = "the film itself";

/** What upstreams send as a file, by the end of its address. */
let files: Record<string, () => Response>;
/** Addresses of files that upstreams were asked for. */
let fetched: string[];

const network: Fetch = async (url, { method = "GET" }) => {
  if (method === "POST") return Response.json({ id: crypto.randomUUID(), status: "queued" });
  const [, file] = /\/(content.*)$/.exec(url) ?? [];
  if (file === undefined) return Response.json({ status: "completed", seconds: "4", expires_at: 1_900_000_000 });
  fetched.push(file);
  return files[file]?.() ?? Response.json({ error: { message: "no such file" } }, { status: 404 });
};

const film = () =>
  new Response(FILM, { headers: { "content-type": "video/mp4", "content-length": String(FILM.length) } });

const keeping = (options: Parameters<typeof isolate>[1] = {}) =>
  isolate(network, { ...options, vars: { RESULTS: bucket, ...options.vars } });

/** A film that its upstream has made. */
async function made(services: TaskServices): Promise<Task> {
  const accountId = await payer();
  const { id } = await submit(services, { accountId, model: "kept" });
  pass(MINUTE);
  await lookAfterAll(services);
  return found(services, id);
}

const read = async (services: TaskServices, task: Task, range?: string) =>
  contentOf(services, task, { variant: "video", range, signal: new AbortController().signal });
const textOf = async (answer: Response) => new TextDecoder().decode(await answer.arrayBuffer());
const keysInBucket = async () => (await bucket.list()).objects.map(({ key }) => key);

beforeAll(async () => addFilmModel("kept"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  [files, fetched] = [{ content: film }, []];
});

afterEach(async () => {
  await db.delete(tasks);
  await bucket.delete(await keysInBucket());
  vi.useRealTimers();
});

describe("the results of a task", () => {
  it("stay where they were made without a bucket, and their client is told until when", async () => {
    const services = isolate(network);
    const task = await made(services);
    await keepResults(services);
    expect(await tasksOf(task.accountId)).toMatchObject([{ keepAt: null, keptUntil: null }]);
    expect(videoForm.show(viewOf(task, videoForm, "https://gateway.example"))).toMatchObject({
      expires_at: 1_900_000_000,
    });
    expect(fetched).toEqual([]);
  });

  it("are copied once, served without their upstream, and removed after some days", async () => {
    const services = keeping();
    const { id } = await made(services);
    await keepResults(services);
    await keepResults(services);
    expect(fetched.filter((file) => file === "content")).toHaveLength(1);
    expect(await keysInBucket()).toEqual([`${id}/video`]);

    files = {};
    const task = await found(services, id);
    const until = Math.floor((Date.now() + 7 * DAY) / 1000);
    expect(videoForm.show(viewOf(task, videoForm, "https://gateway.example"))).toMatchObject({ expires_at: until });
    const answer = await read(services, task);
    expect(answer.headers.get("content-type")).toBe("video/mp4");
    expect(await textOf(answer)).toBe(FILM);

    pass(7 * DAY - MINUTE);
    await keepResults(services);
    expect(await keysInBucket()).toHaveLength(1);
    pass(2 * MINUTE);
    await keepResults(services);
    expect(await keysInBucket()).toEqual([]);
    await expect(read(services, await found(services, id))).rejects.toMatchObject({ kind: "upstream_error" });
    expect(await tasksOf(task.accountId)).toMatchObject([{ keptUntil: null, state: "succeeded" }]);
  });

  it.each([
    ["bytes=4-7", 206, "film", "bytes 4-7/15"],
    ["bytes=9-", 206, "itself", "bytes 9-14/15"],
    ["bytes=-6", 206, "itself", "bytes 9-14/15"],
    ["bytes=-99", 206, FILM, "bytes 0-14/15"],
    ["bytes=9-999", 206, "itself", "bytes 9-14/15"],
    ["bytes=7-4", 200, FILM, null],
    ["bytes=-", 200, FILM, null],
    ["bytes=0-1,3-4", 200, FILM, null],
    ["furlongs=1-2", 200, FILM, null],
  ])("answer the range %s", async (range, status, text, contentRange) => {
    const services = keeping();
    const { id } = await made(services);
    await keepResults(services);
    const answer = await read(services, await found(services, id), range);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-range")).toBe(contentRange);
    expect(answer.headers.get("content-length")).toBe(String(text.length));
    expect(await textOf(answer)).toBe(text);
  });

  it.each(["bytes=15-", "bytes=99-100", "bytes=-0"])("refuse the range %s", async (range) => {
    const services = keeping();
    const { id } = await made(services);
    await keepResults(services);
    const refusal = { kind: "invalid_parameter", options: { headers: { "content-range": "bytes */15" } } };
    await expect(read(services, await found(services, id), range)).rejects.toMatchObject(refusal);
  });

  it("are copied that come without a length, unless they are large", async () => {
    const piece = new Uint8Array(8 * 1024 ** 2);
    const ofPieces = (count: number) => () => {
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent++ < count) controller.enqueue(piece);
          else controller.close();
        },
      });
      return new Response(body, { headers: { "content-type": "video/mp4" } });
    };
    const services = keeping();
    files = { content: ofPieces(1) };
    const { id } = await made(services);
    await keepResults(services);
    expect((await bucket.head(`${id}/video`))?.size).toBe(piece.length);

    files = { content: ofPieces(5) };
    const large = await made(services);
    await keepResults(services);
    expect(await bucket.head(`${large.id}/video`)).toBeNull();
  });

  it("are tried again later, a few times, and are then left where they are", async () => {
    const services = keeping();
    files = {};
    const task = await made(services);
    for (let hour = 0; hour < 24; hour += 1) {
      await keepResults(services);
      pass(HOUR);
    }
    expect(fetched.filter((file) => file === "content")).toHaveLength(5);
    expect(await tasksOf(task.accountId)).toMatchObject([{ keepAt: null, keptUntil: null }]);

    files = { content: film };
    const other = await made(services);
    files = {};
    await keepResults(services);
    files = { content: film };
    await keepResults(services);
    expect(await keysInBucket()).toEqual([]);
    pass(2 * MINUTE);
    await keepResults(services);
    expect(await keysInBucket()).toEqual([`${other.id}/video`]);
  });

  it("come from their upstream while the bucket does not answer", async () => {
    const { id } = await made(keeping());
    await keepResults(keeping());
    const broken = {
      head: async () => Promise.reject(new Error("10001")),
      get: async () => Promise.reject(new Error("10001")),
    };
    const services = keeping({ vars: { RESULTS: broken } });
    expect(await textOf(await read(services, await found(services, id), "bytes=0-3"))).toBe(FILM);
    expect(fetched).toHaveLength(4);
  });

  it("are no page that runs in a browser", async () => {
    const services = keeping();
    files = { content: () => new Response("<script>", { headers: { "content-type": "text/html" } }) };
    const { id } = await made(services);
    await keepResults(services);
    expect(await keysInBucket()).toEqual([]);
    await expect(read(services, await found(services, id))).rejects.toMatchObject({ kind: "upstream_error" });
  });

  it("go with their task, also while they are copied", async () => {
    const services = keeping();
    const first = await made(services);
    await keepResults(services);
    expect(await removeTask(services, await found(services, first.id))).toBe(true);
    expect(await keysInBucket()).toEqual([]);

    const second = await made(services);
    files = {
      content: () => {
        // Its client removes it at this moment.
        const { readable, writable } = new FixedLengthStream(FILM.length);
        void (async () => {
          await removeTask(services, await found(services, second.id));
          const writer = writable.getWriter();
          await writer.write(new TextEncoder().encode(FILM));
          await writer.close();
        })();
        return new Response(readable, {
          headers: { "content-type": "video/mp4", "content-length": String(FILM.length) },
        });
      },
    };
    await keepResults(services);
    expect(await tasksOf(second.accountId)).toEqual([]);
    expect(await keysInBucket()).toEqual([]);
  });

  it.each(["before", "after"] as const)(
    "are kept and removed, also by a Worker that is killed %s a step",
    async (dies) => {
      /** @returns whether the Worker lived until it was done */
      const keptBy = async (life: Life) => {
        const results = {
          head: async (key: string) => life.step(async () => bucket.head(key)),
          put: async (key: string, body: ReadableStream) => life.step(async () => bucket.put(key, body)),
          delete: async (keys: string[]) => life.step(async () => bucket.delete(keys)),
        };
        const kept = keepResults(keeping({ life, vars: { RESULTS: results } })).then(() => true);
        return Promise.race([kept, life.over.then(() => false)]);
      };
      let isWhole = false;
      for (let last = 1; !isWhole; last += 1) {
        const { id } = await made(keeping());
        isWhole = await keptBy(new Life(last, dies));
        // Whoever comes next waits until nobody else can be at it.
        pass(HOUR);
        await keepResults(keeping());
        expect((await found(keeping(), id)).keptUntil).toBeDefined();
        expect(await keysInBucket()).toEqual([`${id}/video`]);

        pass(8 * DAY);
        await keptBy(new Life(last, dies));
        await keepResults(keeping());
        expect(await keysInBucket()).toEqual([]);
        const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
        expect(row).toMatchObject({ keepAt: null, keptUntil: null });
      }
    },
  );
});

it("a bucket keeps results for less long than tasks are known", () => {
  const bound = { ...env, RESULTS: bucket };
  expect(readSettings({ ...bound, RESULT_DAYS: "30" })).toEqual({ problems: ["RESULT_DAYS"] });
  expect(readSettings({ ...bound, RESULT_DAYS: "29" })).toHaveProperty("settings.RESULT_DAYS", 29);
  expect(readSettings({ ...env, RETENTION_DAYS: "3" })).toHaveProperty("settings.RESULT_DAYS", 7);
});
