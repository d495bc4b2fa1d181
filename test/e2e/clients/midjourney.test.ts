/** A client of midjourney-proxy: it submits, asks until the task is over, presses buttons, and pays for each step once. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { PIXEL, startMidjourney, type MidjourneyUpstream } from "../../support/midjourney-upstream.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { call, expectCommonHeaders } from "../call.ts";
import { accountOf, chargesOf, expectSoundBooks, pause } from "../money/books.ts";

type Json = Record<string, unknown>;

const PICTURE = `data:image/png;base64,${PIXEL.toString("base64")}`;
/** Nanos of an action, by its mode. */
const FAST = 100_000_000;
const RELAX = 40_000_000;
const TURBO = 200_000_000;
const VIDEO = 900_000_000;
const MODELS =
  "imagine blend describe shorten upload upscale variation reroll zoom pan inpaint custom_zoom modal video edits action"
    .split(" ")
    .map((action) => `mj_${action}`);

let gateway: Gateway;
let one: MidjourneyUpstream;
let two: MidjourneyUpstream;

beforeAll(async () => {
  [gateway, one, two] = await Promise.all([
    startGateway(),
    startMidjourney("credential-of-one"),
    startMidjourney("credential-of-two"),
  ]);
  await addUpstream(gateway.db, { id: "one", kind: "midjourney", baseUrl: one.baseUrl });
  // As some documents have it.
  await addUpstream(gateway.db, { id: "two", kind: "midjourney", baseUrl: `${two.baseUrl}/mj` });
  for (const id of [...MODELS, "swap_face"]) {
    await addModel(gateway.db, {
      id,
      operation: "paint",
      price: { inputNanos: 0, outputNanos: 0 },
      rates: [
        { unit: "actions", nanos: id === "mj_video" ? VIDEO : FAST },
        { unit: "actions", nanos: RELAX, when: { mode: "relax" } },
        { unit: "actions", nanos: TURBO, when: { mode: "turbo" } },
      ],
      routes: ["one", "two"].map((upstreamId, at) => ({ upstreamId, wire: "midjourney.tasks", priority: -at })),
    });
  }
  one.refuse("crowded", { code: 23, description: "队列已满,请稍后尝试" });
  one.refuse("hurried", { code: 30, description: "当前分组负载已饱和", result: null }, 429);
  one.refuse("homeless", { code: 3, description: "无可用的账号实例" });
  one.refuse("poor", { code: 4, description: "quota_not_enough", type: "upstream_error" }, 403);
  one.refuse("spent", { code: 4, description: "quota_not_enough", type: "upstream_error" });
  for (const upstream of [one, two]) {
    upstream.refuse("banned", {
      code: 24,
      description: "可能包含敏感词",
      properties: { promptEn: "gore", bannedWord: "gore" },
    });
    upstream.refuse("odd", { code: 4, description: "--foo is unknown" });
    upstream.refuse("strange", { code: 4, description: "--bar is unknown", type: "upstream_error" }, 400);
    upstream.refuse("everywhere", { code: 30, description: "busy" }, 429);
    upstream.refuse("nowhere", { code: 9, description: "it went wrong" });
  }
});

afterAll(async () => {
  await Promise.all([gateway.close(), one.close(), two.close()]);
});

/** As many clients do it: a dummy, and the key beside it. */
const secret = (key: string) => ({ authorization: "midjourney-proxy", "mj-api-secret": key });

async function post(path: string, body: unknown, key: string, mount = "/mj") {
  return call(gateway, mount + path, { body, headers: secret(key) });
}

async function submitted(path: string, body: Json, key: string, mount = "/mj"): Promise<string> {
  const answer = await post(path, body, key, mount);
  expect(answer.body, answer.story).toMatchObject({
    code: 1,
    result: expect.stringMatching(/^[1-9]\d{31}$/) as string,
  });
  expect(answer.status).toBe(200);
  return String(answer.body["result"]);
}

async function fetched(id: string, key: string): Promise<Json> {
  return (await call(gateway, `/mj/task/${id}/fetch`, { headers: secret(key) })).body;
}

async function ended(id: string, key: string): Promise<Json> {
  for (let tries = 0; tries < 80; tries++) {
    const task = await fetched(id, key);
    if (["SUCCESS", "FAILURE", "CANCEL"].includes(String(task["status"]))) return task;
    await pause(250);
  }
  throw new Error("not over");
}

/** A grid that is ready, and its buttons by their labels. */
async function grid(key: string, prompt: string, mount?: string) {
  const id = await submitted("/submit/imagine", { prompt }, key, mount);
  const task = await ended(id, key);
  const buttons = task["buttons"] as readonly { readonly label: string; readonly customId: string }[];
  const button = (label: string) => buttons.find((each) => each.label === label)?.customId ?? "";
  return { id, task, button };
}

/** Once nothing is held. */
async function amounts(
  key: string,
): Promise<readonly (readonly [model: string | null, state: string, nanos: number])[]> {
  for (let tries = 0; tries < 150; tries++) {
    const charges = await chargesOf(gateway, key);
    if (charges.every(({ state }) => state !== "held")) {
      return charges.map(({ model, state, amountNanos }) => [model, state, amountNanos ?? 0] as const);
    }
    await pause(200);
  }
  throw new Error("a charge stays open");
}

/** What becomes of a job depends on its prompt. */
function rename({ jobs }: MidjourneyUpstream, prompt: string, next: string): void {
  for (const job of jobs) if (job.prompt === prompt) job.prompt = next;
}

const bodyOf = (upstream: MidjourneyUpstream, word: string) =>
  upstream.jobs.find(({ body }) => String(body["prompt"]).includes(word))?.body;

// Each of its tests waits for tasks of its own.
describe.concurrent("a client of midjourney-proxy", () => {
  it("imagines, sees the picture grow, and presses buttons", async () => {
    const key = await addKey(gateway.db);
    const answer = await post(
      "/submit/imagine",
      {
        prompt: "a red cat",
        base64Array: [PICTURE],
        botType: "NIJI_JOURNEY",
        state: "my own",
        notifyHook: "",
        accountFilter: { modes: ["RELAX"], channelId: "7" },
      },
      key,
    );
    expectCommonHeaders(answer);
    expect(answer.headers.get("x-gateway-warnings")).toBe("dropped=accountFilter");
    const id = String(answer.body["result"]);
    expect(answer.body).toEqual({ code: 1, description: "提交成功", result: id, properties: {} });
    expect(Number(id)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    expect(bodyOf(one, "a red cat")).toEqual({ prompt: "a red cat", base64Array: [PICTURE], botType: "NIJI_JOURNEY" });
    const first = await fetched(id, key);
    expect(first).toEqual({
      id,
      action: "IMAGINE",
      status: "SUBMITTED",
      prompt: "a red cat",
      promptEn: "",
      description: "/imagine a red cat",
      state: "my own",
      submitTime: expect.any(Number) as number,
      startTime: 0,
      finishTime: 0,
      progress: "0%",
      imageUrl: "",
      failReason: null,
      buttons: [],
      botType: "NIJI_JOURNEY",
      customId: "",
      videoUrl: "",
      videoUrls: [],
      maskBase64: "",
      properties: { finalPrompt: "", finalZhPrompt: "" },
    });
    expect(Date.now() - Number(first["submitTime"])).toBeLessThan(60_000);
    const image = `${gateway.url}/mj/image/${id}`;
    await expect
      .poll(async () => fetched(id, key), { timeout: 12_000 })
      .toMatchObject({ status: "IN_PROGRESS", progress: "33%", imageUrl: `${image}?rand=33` });
    const preview = await fetch(`${image}?rand=33`);
    expect(preview.headers.get("cache-control")).toBe("no-store");
    expect(Buffer.from(await preview.arrayBuffer()).equals(PIXEL)).toBe(true);
    const done = await ended(id, key);
    expect(done).toMatchObject({
      progress: "100%",
      imageUrl: image,
      promptEn: "a red cat",
      startTime: 1_689_231_442_755,
    });
    expect(done["properties"]).toEqual({ finalPrompt: "a red cat --v 6.1", finalZhPrompt: "" });
    expect(JSON.stringify(done)).not.toMatch(/secret-instance|127\.0\.0\.1:(?!\d+\/mj\/image)/);

    const customId = String((done["buttons"] as readonly Json[])[0]?.["customId"]);
    const upscaled = await submitted("/submit/action", { taskId: id, customId, chooseSameChannel: true }, key);
    const upscale = await ended(upscaled, key);
    expect(upscale).toMatchObject({ action: "UPSCALE", customId, prompt: "a red cat", status: "SUCCESS" });
    const job = one.jobs.find(({ action, prompt }) => action === "UPSCALE" && prompt === "a red cat");
    const parent = one.jobs.find(({ prompt }) => prompt === "a red cat");
    expect(job?.body).toEqual({ chooseSameChannel: true, taskId: parent?.id, customId });
    // The same button again: the proxy knows the task, and the client sees 1.
    const again = await post("/submit/action", { taskId: id, customId }, key);
    expect(again.body).toMatchObject({ code: 1, description: "任务已存在", properties: {} });
    expect(await ended(String(again.body["result"]), key)).toMatchObject({ status: "SUCCESS", action: "UPSCALE" });
    expect(await amounts(key)).toEqual([
      ["mj_imagine", "settled", FAST],
      ["mj_upscale", "settled", FAST],
      ["mj_upscale", "settled", FAST],
    ]);
  });

  it("changes by number, as the first clients did, and by every button", async () => {
    const key = await addKey(gateway.db);
    const { id, button } = await grid(key, "many buttons");
    await submitted("/submit/change", { taskId: id, action: "VARIATION", index: 2 }, key);
    await submitted("/submit/simple-change", { content: `${id} u3` }, key);
    await submitted("/submit/change", { taskId: id, action: "REROLL", index: null }, key);
    const taskId = one.jobs.find(({ prompt }) => prompt === "many buttons")?.id;
    const changes = one.requests.filter(({ line }) => line.endsWith("/submit/change"));
    const bodies = changes.map(({ body }) => body).filter((body) => body["taskId"] === taskId);
    expect(bodies).toEqual([
      { taskId, action: "VARIATION", index: 2 },
      { taskId, action: "UPSCALE", index: 3 },
      { taskId, action: "REROLL" },
    ]);
    for (const label of ["V1", "Vary (Subtle)", "Zoom Out 2x", "⬅️", "❤️"]) {
      await submitted("/submit/action", { taskId: id, customId: button(label) }, key);
    }
    expect((await amounts(key)).map(([model]) => model)).toEqual([
      "mj_imagine",
      "mj_variation",
      "mj_upscale",
      "mj_reroll",
      "mj_variation",
      "mj_variation",
      "mj_zoom",
      "mj_pan",
      "mj_action",
    ]);
  }, 60_000);

  it("repaints a region: the button is free, the window is paid for", async () => {
    const key = await addKey(gateway.db);
    const { id, button } = await grid(key, "a wide field");
    const opened = await post("/submit/action", { taskId: id, customId: button("Vary (Region)") }, key);
    const window = String(opened.body["result"]);
    expect(opened.body).toEqual({
      code: 21,
      description: "Waiting for window confirm",
      result: window,
      properties: { status: "MODAL" },
    });
    expect(await fetched(window, key)).toMatchObject({ status: "MODAL", action: "INPAINT", progress: "0%" });
    // Nothing is held while the client draws.
    await expect.poll(async () => (await accountOf(gateway, key)).heldNanos, { timeout: 12_000 }).toBe(0);
    const filled = await submitted("/submit/modal", { taskId: window, prompt: "a tree", maskBase64: PICTURE }, key);
    expect(filled).not.toBe(window);
    expect(one.jobs.find(({ prompt }) => prompt === "a tree")?.body).toMatchObject({
      prompt: "a tree",
      maskBase64: PICTURE,
    });
    expect(await ended(filled, key)).toMatchObject({ status: "SUCCESS", prompt: "a tree" });
    // Clients that go on asking for the window's own task see the picture, too.
    expect(await ended(window, key)).toMatchObject({ status: "SUCCESS" });
    const zoom = await post("/submit/action", { taskId: id, customId: button("Custom Zoom") }, key);
    expect(zoom.body).toMatchObject({ code: 21 });
    await submitted("/submit/modal", { taskId: zoom.body["result"], prompt: "a field --zoom 1.8" }, key);
    expect(await amounts(key)).toEqual([
      ["mj_imagine", "settled", FAST],
      ["mj_inpaint", "void", 0],
      ["mj_modal", "settled", FAST],
      ["mj_custom_zoom", "void", 0],
      ["mj_modal", "settled", FAST],
    ]);
  }, 60_000);

  it("gets back what was held where a button asks for more after all", async () => {
    const key = await addKey(gateway.db);
    const { id, button } = await grid(key, "a remixed cat");
    const opened = await post("/submit/action", { taskId: id, customId: button("V1") }, key);
    expect(opened.body).toMatchObject({ code: 21, properties: { status: "MODAL" } });
    const filled = await submitted("/submit/modal", { taskId: opened.body["result"], prompt: "a dog" }, key);
    expect(await ended(filled, key)).toMatchObject({ status: "SUCCESS", prompt: "a dog" });
    await ended(String(opened.body["result"]), key);
    expect(await amounts(key)).toEqual([
      ["mj_imagine", "settled", FAST],
      ["mj_variation", "void", 0],
      ["mj_modal", "settled", FAST],
    ]);
  }, 60_000);

  it.each(["a hasty field", "an unasked field"])(
    "pays for a window that its upstream fills itself: %s",
    async (prompt) => {
      const key = await addKey(gateway.db);
      const { id, button } = await grid(key, prompt);
      const opened = await post("/submit/action", { taskId: id, customId: button("Vary (Region)") }, key);
      expect(await ended(String(opened.body["result"]), key)).toMatchObject({ status: "SUCCESS" });
      expect(await amounts(key)).toEqual([
        ["mj_imagine", "settled", FAST],
        ["mj_inpaint", "settled", FAST],
      ]);
    },
  );

  it("presses no button that its task does not show, unless it shows none", async () => {
    const key = await addKey(gateway.db);
    const [shown, bare] = await Promise.all([grid(key, "some buttons"), grid(key, "bare")]);
    const customId = "MJ::JOB::upsample::2::of-another";
    const refused = await post("/submit/action", { taskId: shown.id, customId }, key);
    expect([refused.status, refused.body["description"]]).toEqual([
      400,
      "invalid_request: 'customId' must be one of the task's buttons.",
    ]);
    await submitted("/submit/action", { taskId: bare.id, customId }, key);
    expect((await amounts(key)).map(([model]) => model)).toEqual(["mj_imagine", "mj_imagine", "mj_upscale"]);
  });

  it("reads the words of its upstream without the upstream's secrets", async () => {
    const key = await addKey(gateway.db);
    const { task, button } = await grid(key, "it talks");
    expect(JSON.stringify({ ...task, imageUrl: "" })).not.toMatch(/credential-of|127\.0\.0\.1/);
    expect(task).toMatchObject({
      promptEn: "it talks by [key] at [url] [host]",
      description: "/imagine it talks by [key] at [url] [host]",
      properties: { finalPrompt: "it talks --v 6.1 by [key] at [url] [host]" },
    });
    expect(button("U1 by [key] at [url] [host]")).toMatch(/^MJ::JOB::upsample::1::82c51c9d-/);
  });

  it("describes, shortens, blends, edits, swaps a face, and makes a film", async () => {
    const key = await addKey(gateway.db);
    const ids = await Promise.all([
      submitted("/submit/describe", { base64: PICTURE }, key),
      submitted("/submit/describe", { link: "https://example.com/cat.png" }, key),
      submitted("/submit/shorten", { prompt: "very very long" }, key),
      submitted("/submit/blend", { base64Array: [PICTURE, PICTURE], dimensions: "PORTRAIT" }, key),
      submitted("/submit/edits", { prompt: "a hat", image: PICTURE, maskBase64: PICTURE }, key),
      submitted("/insight-face/swap", { sourceBase64: PICTURE, targetBase64: PICTURE }, key),
      submitted("/submit/video", { prompt: "it runs", image: PICTURE, motion: "low" }, key),
    ]);
    const tasks = await Promise.all(ids.map(async (id) => ended(id, key)));
    expect(tasks.map(({ action, status }) => [action, status])).toEqual(
      ["DESCRIBE", "DESCRIBE", "SHORTEN", "BLEND", "EDITS", "SWAP_FACE", "VIDEO"].map((action) => [action, "SUCCESS"]),
    );
    expect(tasks[0]?.["properties"]).toMatchObject({ finalPrompt: expect.stringMatching(/^1.*a cat\n\n2/) as string });
    const last = (path: string) => one.requests.findLast(({ line }) => line === `POST /mj${path}`)?.body;
    expect(last("/submit/blend")).toEqual({ base64Array: [PICTURE, PICTURE], dimensions: "PORTRAIT" });
    expect(last("/submit/edits")).toEqual({ prompt: "a hat", image: PICTURE, maskBase64: PICTURE });
    expect(last("/insight-face/swap")).toEqual({ sourceBase64: PICTURE, targetBase64: PICTURE });
    expect(last("/submit/video")).toEqual({ motion: "low", prompt: "it runs", image: PICTURE });
    const film = tasks[6]?.["videoUrl"];
    expect(tasks[6]).toMatchObject({ videoUrls: [{ url: film }], imageUrl: `${gateway.url}/mj/image/${ids[6]}` });
    const played = await fetch(String(film));
    expect(played.headers.get("content-type")).toBe("video/mp4");
    expect(Buffer.from(await played.arrayBuffer()).equals(PIXEL)).toBe(true);
    const charges = await amounts(key);
    expect(charges).toHaveLength(7);
    expect(
      charges.every(([model, state, nanos]) => state === "settled" && nanos === (model === "mj_video" ? VIDEO : FAST)),
    ).toBe(true);
    expect(charges.map(([model]) => model)).toContain("swap_face");
  }, 60_000);

  it("uploads pictures, whose addresses it gets at once", async () => {
    const key = await addKey(gateway.db);
    const { body } = await post("/submit/upload-discord-images", { base64Array: [PICTURE] }, key);
    expect(body).toEqual({ code: 1, description: "success", result: ["https://cdn.discordapp.test/a/1.png"] });
    expect(await amounts(key)).toEqual([["mj_upload", "settled", FAST]]);
  });

  it("is told of each change where it names a hook, which its upstream never sees", async () => {
    const key = await addKey(gateway.db);
    const told: Json[] = [];
    const hook = createServer((request, response) => {
      void text(request).then((body) => {
        told.push(JSON.parse(body) as Json);
        response.end();
      });
    });
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    const notifyHook = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/told`;
    const id = await submitted("/submit/imagine", { prompt: "a hook", notifyHook, state: "mine" }, key);
    await expect.poll(() => told.at(-1)?.["status"], { timeout: 30_000 }).toBe("SUCCESS");
    expect(told.map(({ progress }) => progress)).toEqual(["33%", "100%"]);
    expect(told.at(-1)).toEqual(await fetched(id, key));
    expect(told[0]).toMatchObject({ id, state: "mine", imageUrl: `${gateway.url}/mj/image/${id}?rand=33` });
    expect(bodyOf(one, "a hook")).toEqual({ prompt: "a hook" });
    // What is over at once is told, too.
    await post("/submit/upload-discord-images", { base64Array: [PICTURE], notifyHook, state: "sent" }, key);
    for (let tries = 0; tries < 60 && told.at(-1)?.["state"] !== "sent"; tries++) await pause(250);
    expect(told.at(-1)).toMatchObject({ state: "sent", action: "UPLOAD", status: "SUCCESS", progress: "100%" });
    hook.closeAllConnections();
    hook.close();
  }, 60_000);

  it("asks for the seed, and for many tasks at once", async () => {
    const key = await addKey(gateway.db);
    const [{ id }, other] = [await grid(key, "a seed"), await submitted("/submit/imagine", { prompt: "endless" }, key)];
    const seed = await call(gateway, `/mj/task/${id}/image-seed`, { headers: secret(key) });
    expect(seed.body).toEqual({ code: 1, description: "success", result: "1234567890" });
    const early = await call(gateway, `/mj/task/${other}/image-seed`, { headers: secret(key) });
    expect([early.status, early.body["description"]]).toEqual([400, "task_status_not_success"]);
    const listed = await post("/task/list-by-condition", { ids: [other, "404", id] }, key);
    const tasks = JSON.parse(listed.text) as readonly Json[];
    expect(tasks.map((task) => task["id"])).toEqual([other, id]);
    expect(tasks[1]).toMatchObject({ status: "SUCCESS", progress: "100%" });
    expect((await post("/task/list-by-condition", { ids: ["404"] }, key)).text).toBe("[]");
    rename(one, "endless", "fails now");
    await ended(other, key);
    expect((await amounts(key)).map(([, state]) => state)).toEqual(["settled", "void"]);
  }, 60_000);
});

describe.concurrent("the mode", () => {
  it("comes from the path, else from the prompt, and decides the price", async () => {
    const key = await addKey(gateway.db);
    const { id, button } = await grid(key, "by path --fast", "/mj-turbo/mj");
    await submitted("/submit/imagine", { prompt: "by flag --ar 3:2 --relax" }, key);
    await submitted("/submit/imagine", { prompt: "by relax" }, key, "/mj-relax/mj");
    await submitted("/submit/imagine", { prompt: "by fast --turbo --v 6" }, key, "/mj-fast/mj");
    // What goes on with a task is made as that was.
    await submitted("/submit/action", { taskId: id, customId: button("U2") }, key);
    await submitted("/submit/action", { taskId: id, customId: button("U3") }, key, "/mj-relax/mj");
    expect(one.jobs.flatMap(({ body }) => (String(body["prompt"]).startsWith("by ") ? [body["prompt"]] : []))).toEqual([
      "by path --turbo",
      "by flag --ar 3:2 --relax",
      "by relax --relax",
      "by fast --v 6 --fast",
    ]);
    expect((await amounts(key)).map(([, , nanos]) => nanos)).toEqual([TURBO, RELAX, RELAX, FAST, TURBO, RELAX]);
    expect(one.requests.every(({ line }) => !line.includes("/mj-"))).toBe(true);
  }, 60_000);
});

describe.concurrent("a task", () => {
  it("costs nothing when it fails or is cancelled, and says why without saying who", async () => {
    const key = await addKey(gateway.db);
    const ids = await Promise.all(
      ["it fails", "it is cancelled"].map(async (prompt) => submitted("/submit/imagine", { prompt }, key)),
    );
    const [failure, cancel] = await Promise.all(ids.map(async (id) => ended(id, key)));
    expect(failure).toMatchObject({ status: "FAILURE", progress: "33%", imageUrl: "" });
    expect(failure?.["failReason"]).toMatch(/^Invalid parameter at \[url\],? says \[key\]$/);
    expect(cancel).toMatchObject({ status: "CANCEL" });
    expect((await amounts(key)).map(([, state, nanos]) => [state, nanos])).toEqual([
      ["void", 0],
      ["void", 0],
    ]);
    expect((await accountOf(gateway, key)).heldNanos).toBe(0);
    const pressed = await post("/submit/action", { taskId: ids[0], customId: "MJ::JOB::upsample::1::x" }, key);
    expect([pressed.status, pressed.body]).toEqual([
      400,
      { code: 4, description: "task_status_not_success", type: "upstream_error", result: null },
    ]);
    expect((await fetch(`${gateway.url}/mj/image/${ids[0]}`)).status).toBe(400);
  }, 60_000);

  it("is still there where its upstream does not know it yet", async () => {
    const key = await addKey(gateway.db);
    const id = await submitted("/submit/imagine", { prompt: "lost" }, key);
    await pause(4000);
    expect(await fetched(id, key)).toMatchObject({ status: "SUBMITTED", progress: "0%" });
    rename(one, "lost", "found");
    expect(await ended(id, key)).toMatchObject({ status: "SUCCESS" });
    expect(await amounts(key)).toEqual([["mj_imagine", "settled", FAST]]);
  }, 60_000);

  it("waits in a queue, and is accepted all the same", async () => {
    const key = await addKey(gateway.db);
    const { body } = await post("/submit/imagine", { prompt: "queued" }, key);
    expect(body).toMatchObject({ code: 1, description: "排队中,前面还有1个任务", properties: { numberOfQueues: 1 } });
    expect(JSON.stringify(body)).not.toContain("secret-instance");
  });

  it("is nobody else's", async () => {
    const [key, other] = [await addKey(gateway.db), await addKey(gateway.db)];
    const { id, button } = await grid(key, "mine");
    const unknown = { code: 4, description: "task_no_found", type: "upstream_error", result: null };
    const answers = await Promise.all([
      call(gateway, `/mj/task/${id}/fetch`, { headers: secret(other) }),
      call(gateway, `/mj/task/${id}/image-seed`, { headers: secret(other) }),
      post("/submit/action", { taskId: id, customId: button("U1") }, other),
      post("/submit/change", { taskId: id, action: "UPSCALE", index: 1 }, other),
      post("/submit/simple-change", { content: `${id} U1` }, other),
      post("/submit/modal", { taskId: id, prompt: "x" }, other),
      post("/submit/video", { taskId: id, motion: "low" }, other),
    ]);
    for (const { status, body, story } of answers) expect([status, body], story).toEqual([400, unknown]);
    expect((await post("/task/list-by-condition", { ids: [id] }, other)).text).toBe("[]");
    expect(await chargesOf(gateway, other)).toEqual([]);
    // The id alone opens the picture.
    const image = await fetch(`${gateway.url}/mj/image/${id}?rand=1`);
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect((await fetch(`${gateway.url}/mj/image/${id.slice(1)}`)).status).toBe(400);
  }, 60_000);

  it("is asked for once, however often its request is sent", async () => {
    const key = await addKey(gateway.db);
    const headers = { ...secret(key), "idempotency-key": "mine" };
    const first = await call(gateway, "/mj/submit/imagine", { body: { prompt: "only once" }, headers });
    const second = await call(gateway, "/mj/submit/imagine", { body: { prompt: "only once" }, headers });
    expect(second.body).toMatchObject({ code: 1, result: first.body["result"] });
    expect(second.headers.get("x-gateway-replayed")).toBe("true");
    expect(one.jobs.filter(({ prompt }) => prompt === "only once")).toHaveLength(1);
  });
});

describe("an upstream that cannot take a task", () => {
  const WORDS = ["crowded", "hurried", "homeless", "poor", "spent"];

  it("leaves it to the next one, where it stays", async () => {
    const keys = new Map<string, string>();
    const ids = new Map<string, string>();
    for (const word of WORDS) {
      const key = await addKey(gateway.db);
      keys.set(word, key);
      ids.set(word, await submitted("/submit/imagine", { prompt: `${word} streets` }, key));
      // The first upstream rests for a moment after each.
      await pause(100);
    }
    await Promise.all(
      WORDS.map(async (word) => {
        const [key = "", taskId = ""] = [keys.get(word), ids.get(word)];
        const { buttons } = await ended(taskId, key);
        const [first] = buttons as readonly Json[];
        await submitted("/submit/action", { taskId, customId: first?.["customId"] }, key);
        expect(two.jobs.filter(({ prompt }) => prompt.startsWith(word)).map(({ action }) => action)).toEqual([
          "IMAGINE",
          "UPSCALE",
        ]);
        expect(one.jobs.filter(({ prompt }) => prompt.startsWith(word))).toEqual([]);
        const [charge] = await chargesOf(gateway, key);
        expect(JSON.parse(charge?.attempts ?? "[]"), word).toMatchObject([{ upstream: "one" }, { upstream: "two" }]);
      }),
    );
  }, 60_000);
});

describe("a refusal", () => {
  const refusal = (description: string, code = 4) => ({ code, description, type: "upstream_error", result: null });

  it.each<[path: string, body: Json, description: string]>([
    ["/submit/imagine", {}, "prompt_is_required"],
    ["/submit/imagine", { prompt: "  " }, "prompt_is_required"],
    [
      "/submit/imagine",
      { prompt: "x", base64Array: "y" },
      "invalid_request: 'base64Array' must be a list of pictures.",
    ],
    [
      "/submit/imagine",
      { prompt: "x", base64Array: ["%"] },
      "invalid_request: 'base64Array' must be a picture in base64.",
    ],
    [
      "/submit/imagine",
      { prompt: "x", notifyHook: "ftp://x" },
      "invalid_request: 'notifyHook' must be a public https address.",
    ],
    ["/submit/imagine", { prompt: "x", notifyHook: 5 }, "invalid_request: 'notifyHook' must be a text."],
    ["/submit/blend", {}, "base64_array_is_required"],
    ["/submit/blend", { base64Array: [PICTURE] }, "invalid_request: 'base64Array' must hold 2 to 5 pictures."],
    [
      "/submit/blend",
      { base64Array: [PICTURE, PICTURE], dimensions: "ROUND" },
      "invalid_request: 'dimensions' must be PORTRAIT, SQUARE or LANDSCAPE.",
    ],
    ["/submit/describe", {}, "base64_is_required"],
    ["/submit/shorten", {}, "prompt_is_required"],
    ["/submit/upload-discord-images", {}, "base64_array_is_required"],
    ["/insight-face/swap", { sourceBase64: PICTURE }, "sour_base64_and_target_base64_is_required"],
    ["/submit/edits", { prompt: "x" }, "image_is_required"],
    ["/submit/edits", { image: PICTURE }, "prompt_is_required"],
    ["/submit/video", {}, "image_is_required"],
    ["/submit/action", { customId: "MJ::JOB::upsample::1::x" }, "task_id_is_required"],
    ["/submit/action", { taskId: "1" }, "custom_id_is_required"],
    ["/submit/action", { taskId: "1", customId: "MJ::JOB::upsample::1::x" }, "task_no_found"],
    ["/submit/change", { action: "UPSCALE" }, "task_id_is_required"],
    ["/submit/change", { taskId: "1", action: "PAINT" }, "unknown_action"],
    ["/submit/change", { taskId: "1", action: "UPSCALE", index: 5 }, "invalid_request: 'index' must be from 1 to 4."],
    ["/submit/simple-change", {}, "content_is_required"],
    ["/submit/simple-change", { content: "1 X1" }, "invalid_request: 'content' must be like '<id> U2'."],
    ["/submit/modal", { prompt: "x" }, "task_id_is_required"],
  ])("of %s %j names what is wrong", async (path, body, description) => {
    const key = await addKey(gateway.db);
    const answer = await post(path, body, key);
    expect([answer.status, answer.body]).toEqual([400, refusal(description)]);
    expect(await chargesOf(gateway, key)).toEqual([]);
  });

  it("tells of bodies, keys, funds and paths as the relays do", async () => {
    const key = await addKey(gateway.db);
    const poor = await addKey(gateway.db, { balanceNanos: 0 });
    const answers = await Promise.all([
      call(gateway, "/mj/submit/imagine", {
        body: "{",
        headers: { ...secret(key), "content-type": "application/json" },
      }),
      call(gateway, "/mj/submit/imagine", { body: {}, headers: { authorization: undefined } }),
      call(gateway, "/mj/submit/imagine", { body: {}, headers: { authorization: "midjourney-proxy" } }),
      post("/submit/imagine", { prompt: "x" }, poor),
      call(gateway, "/mj/submit/nothing", { body: {}, headers: secret(key) }),
      call(gateway, "/mj/task/12/fetch", { headers: secret(key) }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 401, 402, 404, 400]);
    expect(answers.map(({ body }) => body["code"])).toEqual([4, 4, 4, 4, 4, 4]);
    expect(answers[0]?.body["description"]).toBe("bind_request_body_failed");
    expect(answers[3]?.body["description"]).toBe("quota_not_enough");
    expect(answers[5]?.body["description"]).toBe("task_no_found");
    // Other clients send a bearer token, with or without the word.
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { "mj-api-secret": `Bearer ${key}`, authorization: undefined },
    ]) {
      expect((await call(gateway, "/mj/submit/imagine", { body: {}, headers })).body["description"]).toBe(
        "prompt_is_required",
      );
    }
  });

  it("of the upstream is the client's own where the request is at fault", async () => {
    const key = await addKey(gateway.db);
    const banned = await post("/submit/imagine", { prompt: "banned" }, key);
    expect([banned.status, banned.body]).toEqual([
      200,
      {
        ...refusal("The prompt has a word that is not allowed: gore.", 24),
        properties: { promptEn: "gore", bannedWord: "gore" },
      },
    ]);
    expect((await post("/submit/imagine", { prompt: "odd" }, key)).body).toEqual(
      refusal("invalid_request: --foo is unknown"),
    );
    const strange = await post("/submit/imagine", { prompt: "strange" }, key);
    expect(strange.body).toEqual(refusal("invalid_request: --bar is unknown"));
    const busy = await post("/submit/imagine", { prompt: "everywhere" }, key);
    expect([busy.status, busy.body["code"]]).toEqual([429, 30]);
    const broken = await post("/submit/imagine", { prompt: "nowhere" }, key);
    expect(broken.status).toBeGreaterThanOrEqual(500);
    expect((await amounts(key)).every(([, state]) => state === "void")).toBe(true);
  });
});

it("keeps sound books", async () => {
  await expectSoundBooks(gateway);
}, 60_000);

describe("OpenAI's client of pictures", () => {
  const openai = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  it("waits for the grid, as an address and as base64", async () => {
    const key = await addKey(gateway.db);
    const [byUrl, byBytes] = await Promise.all([
      openai(key).images.generate({ model: "mj_imagine", prompt: "a fox", size: "1024x1792", n: 1 }),
      openai(key).images.generate({ model: "mj_imagine", prompt: "a hare", response_format: "b64_json" }),
    ]);
    const address = byUrl.data?.[0]?.url ?? "";
    expect(address).toMatch(new RegExp(`^${gateway.url}/mj/image/[1-9]\\d{31}`));
    expect(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(PIXEL)).toBe(true);
    expect(byBytes.data?.[0]?.b64_json).toBe(PIXEL.toString("base64"));
    expect(one.jobs.find(({ prompt }) => prompt.startsWith("a fox"))?.prompt).toBe("a fox --ar 9:16");
    expect((await chargesOf(gateway, key)).map(({ amountNanos }) => amountNanos)).toEqual([FAST, FAST]);
  });

  it("is told why there is none, and pays nothing", async () => {
    const key = await addKey(gateway.db);
    await expect(openai(key).images.generate({ model: "mj_imagine", prompt: "banned" })).rejects.toMatchObject({
      status: 400,
      code: "content_policy_violation",
    });
    expect((await chargesOf(gateway, key)).every(({ state }) => state === "void")).toBe(true);
  });

  it("gets no new picture for the price of another step", async () => {
    const key = await addKey(gateway.db);
    const jobs = one.jobs.length;
    for (const model of ["mj_shorten", "mj_upload", "mj_upscale"]) {
      await expect(openai(key).images.generate({ model, prompt: "a cheap cat" })).rejects.toMatchObject({
        status: 400,
      });
    }
    expect(one.jobs.length).toBe(jobs);
    expect(await chargesOf(gateway, key)).toEqual([]);
  });
});
