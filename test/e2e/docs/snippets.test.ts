/**
 * Every request of the documentation, as its pages show it, in the languages that this machine can run: each program is run against
 * the gateway, and the gateway must have answered it. `PYTHON` names an interpreter.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accounts, charges, tasks } from "../../../schema/index.ts";
import { DEMO_ACCOUNT } from "../../../schema/seed.ts";
import { DEMO_ORDERS } from "../../../src/cli/demo-orders.ts";
import * as IDS from "../../../src/portal/docs/api/sample-ids.ts";
import { eq } from "drizzle-orm";
import { startKlingUpstream, type KlingUpstream } from "../../support/kling-upstream.ts";
import { startMidjourney, type MidjourneyUpstream } from "../../support/midjourney-upstream.ts";
import { wavFile } from "../../support/recordings.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { ADMIN_TOKEN, startPortal, type PortalStage } from "../portal/stage.ts";
import { apiPaths, codeBlocks, readTwin, type CodeBlock } from "./twins.ts";

const PYTHON = process.env["PYTHON"] ?? "python3";
/** Where programs find the libraries of this project. */
const WRANGLER = fileURLToPath(new URL("../../../.wrangler/", import.meta.url));

interface Runner {
  readonly code: string;
  readonly file: string;
  /** The program and its arguments, before the file. */
  readonly command: readonly [string, ...string[]];
  /** Whether it is there, with its libraries. */
  readonly trial: readonly [string, ...string[]];
}

const RUNNERS: readonly Runner[] = [
  { code: "shell", file: "snippet.sh", command: ["sh"], trial: ["curl", "--version"] },
  { code: "python", file: "snippet.py", command: [PYTHON], trial: [PYTHON, "-c", "import requests"] },
  { code: "openai-python", file: "sdk.py", command: [PYTHON], trial: [PYTHON, "-c", "import openai, requests"] },
  { code: "javascript", file: "snippet.mjs", command: [process.execPath], trial: [process.execPath, "--version"] },
  { code: "openai-node", file: "sdk.mjs", command: [process.execPath], trial: [process.execPath, "--version"] },
  { code: "go", file: "snippet.go", command: ["go", "run"], trial: ["go", "version"] },
];

function isThere({ code, trial: [program, ...rest] }: Runner): boolean {
  const there = spawnSync(program, rest).status === 0;
  if (!there) console.log(`skipped: requests of the docs in ${code}, because this machine cannot run them`);
  return there;
}

interface Run {
  readonly isOver: boolean;
  readonly output: string;
  /** What the gateway wrote of the requests. */
  readonly lines: readonly Record<string, unknown>[];
}

let stage: PortalStage;
let upstream: ScriptedUpstream;
let kling: KlingUpstream;
let url: string;
let folder: string;
let chargeId: string;

/** The demo's makes no variations. */
async function addPainter(): Promise<void> {
  await addUpstream(stage.gateway.db, { id: "other", baseUrl: upstream.baseUrl });
  await addModel(stage.gateway.db, {
    id: "demo-image",
    operation: "image",
    capabilities: '["image"]',
    autoWeight: 1,
    routes: [{ upstreamId: "other", wire: "openai.images" }],
  });
  upstream.script("upstream-demo-image", ({ json }) => json({ data: [{ b64_json: "iVBORw0KGgo=" }] }));
}

/** The demo's films are none of Kling's. */
async function addKling(): Promise<void> {
  const { baseUrl, credential } = kling;
  await addUpstream(stage.gateway.db, { id: "kling", kind: "kling", baseUrl, credentials: [credential] });
  await addModel(stage.gateway.db, {
    id: "kling-v1",
    operation: "video",
    capabilities: '["image"]',
    rates: ["lip-sync", "effects"].map((mode) => ({ unit: "durationMs", nanos: 1, when: { mode } })),
    routes: [{ upstreamId: "kling", wire: "kling.videos" }],
  });
  await addModel(stage.gateway.db, {
    id: "kling-v2-1",
    operation: "image",
    capabilities: '["image"]',
    rates: [{ unit: "images", nanos: 1, when: { mode: "subject" } }],
    routes: [{ upstreamId: "kling", wire: "kling.images" }],
  });
}

beforeAll(async () => {
  [stage, upstream, kling] = await Promise.all([startPortal(), startUpstream(), startKlingUpstream()]);
  await Promise.all([addPainter(), addKling()]);
  // Films are dear: no balance lasts for all of these programs.
  await stage.gateway.db.update(accounts).set({ unlimited: true }).where(eq(accounts.id, DEMO_ACCOUNT));
  ({ url } = stage.gateway);
  folder = await mkdtemp(join(WRANGLER, "snippets-"));
  // What the samples of forms send.
  await writeFile(join(folder, "talk.wav"), wavFile(2));
  const [charge] = await stage.gateway.db
    .select({ id: charges.id })
    .from(charges)
    .where(eq(charges.accountId, DEMO_ACCOUNT))
    .limit(1);
  chargeId = charge?.id ?? "";
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await Promise.all([stage.close(), upstream.close(), kling.close()]);
});

let midjourney: MidjourneyUpstream;

beforeAll(async () => {
  midjourney = await startMidjourney("credential");
  const { baseUrl } = midjourney;
  const { db } = stage.gateway;
  await addUpstream(db, { id: "midjourney", kind: "midjourney", baseUrl, credentials: ["credential"] });
  const routes = [{ upstreamId: "midjourney", wire: "midjourney.tasks" }];
  for (const id of ["mj_imagine", "mj_upscale", "swap_face"]) await addModel(db, { id, operation: "paint", routes });
});
afterAll(async () => midjourney.close());

/** Requests that no program made. */
const own = new Set<string>();

/** What a reader would have made before. */
async function make(path: string, body: object, key = stage.demoKey): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  own.add(answer.headers.get("x-request-id") ?? "");
  return (await answer.json()) as Record<string, unknown>;
}

/** @returns the id, when its task is finished */
async function whenFinished(made: unknown): Promise<string> {
  const id = String(made);
  for (let tries = 0; tries < 400; tries++) {
    const [row] = await stage.gateway.db.select({ at: tasks.closedAt }).from(tasks).where(eq(tasks.id, id));
    if (row?.at !== null) return id;
    await setTimeout(100);
  }
  throw new Error("the task is not finished");
}

async function finishedFilm(path = "/v1/videos", model = "auto"): Promise<string> {
  return whenFinished((await make(path, { model, prompt: "A red panda" }))["id"]);
}

async function finishedPicture(): Promise<string> {
  const { data } = await make("/kling/v1/images/generations", { model_name: "kling-v2-1", prompt: "A red panda" });
  return whenFinished((data as { readonly task_id: string }).task_id);
}

async function finishedGrid(): Promise<string> {
  return whenFinished((await make("/mj/submit/imagine", { prompt: "A red panda" }))["result"]);
}

/** The first button of a grid. */
async function buttonOf(id: string): Promise<string> {
  const answer = await fetch(`${url}/mj/task/${id}/fetch`, { headers: { "mj-api-secret": stage.demoKey } });
  own.add(answer.headers.get("x-request-id") ?? "");
  const { buttons } = (await answer.json()) as { readonly buttons: readonly { readonly customId: string }[] };
  return buttons[0]?.customId ?? "";
}

/** One of each is enough, but where a sample deletes it. */
let film: Promise<string> | undefined;
let klingFilm: Promise<string> | undefined;
let klingPicture: Promise<string> | undefined;
let grid: Promise<string> | undefined;

/** What stands for the ids of a sample. It is made when a sample names it. */
const REAL: Readonly<Record<string, (snippet: string) => Promise<string>>> = {
  "sk-your-api-key": async () => stage.demoKey,
  [IDS.CHARGE_ID]: async () => chargeId,
  [IDS.PAINT_ID]: async () => (grid ??= finishedGrid()),
  [IDS.PAINT_BUTTON]: async () => buttonOf(await (grid ??= finishedGrid())),
  [IDS.ORDER_ID]: async () => DEMO_ORDERS[0] ?? "",
  [IDS.RESPONSE_ID]: async () => String((await make("/v1/responses", { model: "auto", input: "Hello" }))["id"]),
  [IDS.CONVERSATION_ID]: async (snippet) => {
    const item = { type: "message", id: IDS.ITEM_ID, role: "user", content: "Hello" };
    const sendsItem = snippet.includes("Hello!");
    return String((await make("/v1/conversations", sendsItem ? {} : { items: [item] }))["id"]);
  },
  [IDS.KLING_ID]: async () => (klingFilm ??= finishedFilm("/kling/v1/videos/text2video", "kling-v1")),
  [IDS.KLING_PICTURE_ID]: async () => (klingPicture ??= finishedPicture()),
  [IDS.VIDEO_ID]: async (snippet) => (/delete/i.test(snippet) ? finishedFilm() : (film ??= finishedFilm())),
  [IDS.REDEEM_CODE]: async () => {
    const batch = { batch: crypto.randomUUID(), count: 1, amount_nanos: 1_000_000 };
    const made = await make("/admin/api/code-batches", batch, ADMIN_TOKEN);
    return (made["codes"] as string[])[0] ?? "";
  },
};

async function withRealIds(snippet: string): Promise<string> {
  let text = snippet;
  for (const [name, make] of Object.entries(REAL)) {
    if (text.includes(name)) text = text.replaceAll(name, await make(snippet));
  }
  return text;
}

async function run({ command: [program, ...rest], file }: Runner, text: string): Promise<Run> {
  const path = join(folder, file);
  await writeFile(path, text);
  const before = stage.gateway.requestLog().length;
  const ended = await new Promise<Omit<Run, "lines">>((resolve) => {
    execFile(program, [...rest, path], { timeout: 30_000, cwd: folder }, (error, stdout, stderr) => {
      resolve({ isOver: error === null, output: (stdout + stderr).trim() });
    });
  });
  const newLines = () =>
    stage.gateway
      .requestLog()
      .slice(before)
      .filter((line) => !own.has(String(line["request_id"])));
  for (let waits = 0; waits < 20 && newLines().length === 0; waits++) await setTimeout(50);
  return { ...ended, lines: newLines() };
}

/** One request, answered; and the program shows what came, of a stream each event. */
function isWhole({ isOver, output, lines }: Run, snippet: string): boolean {
  const [line, ...more] = lines;
  const streams = /\bstream\b"?\s*[:=]\s*[tT]rue|streamGenerateContent/.test(snippet);
  // The stream of a picture may be one event.
  const shows = streams && !/images/.test(snippet) ? output.split("\n").length > 2 : output !== "";
  return isOver && shows && more.length === 0 && line?.["status"] === 200 && line["ending"] === "complete";
}

describe.each(RUNNERS.filter(isThere))("requests in $code", (runner) => {
  it("are answered", { timeout: 400_000 }, async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const path of await apiPaths(url)) {
      const blocks = codeBlocks(await readTwin(url, path, runner));
      for (const { title, text } of blocks.filter((block) => block.title.startsWith("Request: "))) {
        const snippet = await withRealIds(text);
        const answer = await run(runner, snippet);
        if (!isWhole(answer, snippet))
          wrong.push(`${path}, ${title}: ${JSON.stringify(answer, undefined, 2)}\n${snippet}`);
        count += 1;
      }
    }
    expect(wrong.join("\n\n")).toBe("");
    expect(count).toBeGreaterThan(50);
  });
});

describe("programs of the guides", () => {
  const runnerOf = ({ form, text }: CodeBlock): Runner | undefined => {
    if (form === "js") return RUNNERS.find(({ code }) => code === "openai-node");
    if (form === "sh") return text.startsWith("curl ") ? RUNNERS.find(({ code }) => code === "shell") : undefined;
    if (form !== "python") return undefined;
    const libraries = [...text.matchAll(/^(?:import|from) ([\w.]+)/gm)].map(([, name = ""]) => name);
    return {
      code: libraries.join(", "),
      file: "guide.py",
      command: [PYTHON],
      trial: [PYTHON, "-c", `import ${libraries.join(", ")}`],
    };
  };

  it("run: each answer, stream and error comes as they say", { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const path of [
      "/docs",
      "/docs/authentication",
      "/docs/streaming",
      "/docs/sdks",
      "/docs/api/realtime",
      "/docs/api/videos",
    ]) {
      for (const block of codeBlocks(await readTwin(url, path))) {
        if (block.title.startsWith("Request: ")) continue;
        const runner = runnerOf(block);
        if (runner === undefined || !isThere(runner)) continue;
        const { isOver, output, lines } = await run(runner, await withRealIds(block.text));
        const isAnswered = lines.length > 0 && lines.every(({ status }) => [101, 200, 404].includes(Number(status)));
        if (!isOver || output === "" || !isAnswered) wrong.push(`${path}, ${block.title}: ${output}\n${block.text}`);
        count += 1;
      }
    }
    expect(wrong.join("\n\n")).toBe("");
    expect(count).toBeGreaterThan(4);
  });
});
