/** Results of customers and upstreams that mean harm: nobody else's wait, or are lost, because of theirs, and nothing is left behind. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { tasks } from "../../schema/index.ts";
import { contentOf } from "../../src/tasks/content.ts";
import { lookAfterAll } from "../../src/tasks/due.ts";
import { keepResults, removeTask } from "../../src/tasks/kept-results.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { TaskServices } from "../../src/tasks/task-services.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { addFilmModel, db, found, HOUR, isolate, MINUTE, pass, payer, submit, tasksOf } from "./support.ts";

const DAY = 24 * HOUR;
const MIB = 1024 ** 2;
const { TEST_RESULTS: bucket } = env as unknown as { readonly TEST_RESULTS: R2Bucket };
const TYPE = { "content-type": "video/mp4" };

/** What upstreams send as a file, by its address. */
let file: (address: string, signal: AbortSignal) => Response | Promise<Response>;

const network: Fetch = async (url, { method = "GET", signal }) => {
  if (method === "POST") return Response.json({ name: `models/veo/operations/${crypto.randomUUID()}` });
  signal?.throwIfAborted();
  if (url.includes("/file")) return file(url, signal ?? new AbortController().signal);
  const uris = [1, 2].map((at) => ({ video: { uri: `${new URL(url).origin}/file-${at}` } }));
  return Response.json({ done: true, response: { generateVideoResponse: { generatedSamples: uris } } });
};

const film = () => new Response("film", { headers: { ...TYPE, "content-length": "4" } });
const keeping = (vars: Record<string, unknown> = {}) => isolate(network, { vars: { RESULTS: bucket, ...vars } });

/** Two films that the upstream has made, at the account of somebody of their own. */
async function made(services: TaskServices, model = "good"): Promise<Task> {
  const { id } = await submit(services, { accountId: await payer(), model });
  pass(MINUTE);
  await lookAfterAll(services);
  return found(services, id);
}

const keysInBucket = async () => (await bucket.list()).objects.map(({ key }) => key);

/** Sends nothing until its reader has had enough. */
async function silence(signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("nothing came")), { once: true });
  });
}

beforeAll(async () => {
  for (const id of ["evil", "good"]) await addFilmModel(id, [id], "gemini.video");
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  file = film;
});

afterEach(async () => {
  await db.delete(tasks);
  await bucket.delete(await keysInBucket());
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("files that never come", () => {
  it("cost those that are behind them no try", async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(ms / 1000));
    const services = keeping();
    for (let at = 0; at < 6; at += 1) await made(services, "evil");
    const { id, accountId } = await made(services);
    file = (address, signal) => {
      if (!address.includes("evil")) return film();
      pass(MINUTE);
      return silence(signal);
    };
    const { results } = services;
    if (results === undefined) throw new Error("no bucket");
    const claim = results.queue.claim.bind(results.queue);
    vi.spyOn(results.queue, "claim").mockImplementation(async (...of) =>
      (await claim(...of)).toSorted((one, other) => one.task.createdAt - other.task.createdAt),
    );
    await keepResults(services);
    await keepResults(services);
    expect(await keysInBucket()).toEqual([`${id}/video`, `${id}/video-2`]);
    expect(await tasksOf(accountId)).toMatchObject([{ keepTries: 1, keepAt: null }]);
  });
});

describe("files that do not say how long they are", () => {
  it("are not all in memory at once", async () => {
    const services = keeping();
    for (let at = 0; at < 6; at += 1) await made(services);
    const begun = new Set<object>();
    let most = 0;
    file = () => {
      const one = {};
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          // Something is read ahead of whoever waits.
          if (++sent > 3) most = Math.max(most, begun.add(one).size);
          if (sent <= 8) return controller.enqueue(new Uint8Array(MIB));
          begun.delete(one);
          controller.close();
        },
      });
      return new Response(body, { headers: TYPE });
    };
    await keepResults(services);
    expect(await keysInBucket()).toHaveLength(12);
    expect(most).toBe(1);
  });
});

describe("a file that is packed on its way", () => {
  it("is as long as what comes of it", async () => {
    const services = keeping();
    const task = await made(services);
    file = () => new Response("film", { headers: { ...TYPE, "content-length": "24", "content-encoding": "gzip" } });
    const wanted = { variant: "video", range: undefined, signal: new AbortController().signal };
    const answer = await contentOf(services, task, wanted);
    expect(answer.headers.get("content-length")).toBeNull();
    expect(new TextDecoder().decode(await answer.arrayBuffer())).toBe("film");
    await keepResults(services);
    expect((await bucket.head(`${task.id}/video`))?.size).toBe(4);
  });
});

describe("a result that its client removes", () => {
  it("is not left behind because another one of its task cannot be had", async () => {
    const services = keeping();
    const { id, accountId } = await made(services);
    file = async (address) => {
      if (address.endsWith("2")) return new Response("", { status: 404 });
      await removeTask(services, await found(services, id));
      return film();
    };
    await keepResults(services);
    expect(await tasksOf(accountId)).toEqual([]);
    expect(await keysInBucket()).toEqual([]);
  });
});

describe("results that were kept for long enough", () => {
  it("are removed, however many they are", async () => {
    const services = keeping();
    const task = await made(services);
    const { results } = services;
    if (results === undefined) throw new Error("no bucket");
    const many = Array.from({ length: 200 }, (_, at): Task => {
      const variants = Array.from({ length: 9 }, (_one, number) => ({ variant: `image-${number}`, address: "/x" }));
      return { ...task, id: `many-${at}`, content: { ...task.content, results: variants } };
    });
    const removed: string[] = [];
    const emptied: string[] = [];
    const limited = {
      async delete(keys: string[]) {
        // As R2 has it.
        if (keys.length > 1000) throw new Error("delete: Please limit to 1000 keys");
        removed.push(...keys);
      },
    } as unknown as R2Bucket;
    const queue = Object.assign(Object.create(results.queue) as typeof results.queue, {
      claim: async () => [],
      overdue: async () => many,
      emptied: async (ids: readonly string[]) => void emptied.push(...ids),
    });
    await keepResults({ ...services, results: { ...results, bucket: limited, queue } });
    expect([new Set(removed).size, emptied.length]).toEqual([1800, 200]);
  });

  it("are removed before their task is forgotten, also where the bucket came late", async () => {
    const services = keeping();
    const { id, accountId } = await made(services);
    pass(29 * DAY);
    await keepResults(services);
    expect(await keysInBucket()).toContain(`${id}/video`);
    const [{ keptUntil, expiresAt } = { keptUntil: 0, expiresAt: 0 }] = await tasksOf(accountId);
    expect(keptUntil).toBeLessThan(expiresAt);
  });
});
