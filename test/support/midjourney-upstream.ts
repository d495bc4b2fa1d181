/**
 * A proxy of Midjourney, on a real socket: its codes, its states, and what is odd about it. Ids are larger than a number can be
 * and come as numbers, a button that was pressed before answers 21, and a window reuses the id of its task.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

interface Job {
  readonly id: string;
  readonly path: string;
  readonly action: string;
  /** The body of the request, and of what was filled in afterwards. */
  body: Json;
  prompt: string;
  status: string;
  progress: string;
  /** How often it was asked for since it began. */
  asked: number;
}

export interface MidjourneyUpstream {
  /** With the credential that it wants. */
  readonly baseUrl: string;
  readonly jobs: Job[];
  /** All requests, as `POST /mj/…`. */
  readonly requests: { readonly line: string; readonly body: Json; readonly headers: IncomingMessage["headers"] }[];
  /** What a request is answered whose prompt has the word. */
  refuse(word: string, body: Json, status?: number): void;
  close(): Promise<void>;
}

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** The buttons below a grid. */
const VERBS = [
  ...[1, 2, 3, 4].map((at) => [`JOB::upsample::${at}`, `U${at}`]),
  ["JOB::reroll::0", ""],
  ...[1, 2, 3, 4].map((at) => [`JOB::variation::${at}`, `V${at}`]),
  ["JOB::low_variation::1", "Vary (Subtle)"],
  ["JOB::pan_left::1", "⬅️"],
  ["Outpaint::50::1", "Zoom Out 2x"],
  ["CustomZoom", "Custom Zoom"],
  ["Inpaint::1", "Vary (Region)"],
  ["BOOKMARK", "❤️"],
] as const;

const hashOf = (id: string) => `82c51c9d-${id.slice(-4)}`;
const buttonsOf = ({ id }: Job, more: string) =>
  VERBS.map(([verb, label]) => ({
    customId: `MJ::${verb}::${hashOf(id)}`,
    emoji: "",
    label: label + more,
    type: 2,
    style: 2,
  }));

const ACTIONS: Readonly<Record<string, string>> = {
  "/mj/submit/imagine": "IMAGINE",
  "/mj/submit/blend": "BLEND",
  "/mj/submit/describe": "DESCRIBE",
  "/mj/submit/shorten": "SHORTEN",
  "/mj/submit/edits": "EDITS",
  "/mj/submit/video": "VIDEO",
  "/mj/insight-face/swap": "SWAP_FACE",
};

const DESCRIBED = "1️⃣ a cat\n\n2️⃣ the cat\n\n3️⃣ two cats\n\n4️⃣ no cat";

let made = 1_700_000_000_000_000n * 10n + 7n;

export async function startMidjourney(credential: string): Promise<MidjourneyUpstream> {
  const jobs: Job[] = [];
  const requests: MidjourneyUpstream["requests"] = [];
  const refusals: (readonly [word: string, body: Json, status: number])[] = [];
  let origin = "";

  const begin = (path: string, action: string, body: Json, prompt: string): Job => {
    // Never a round number: as a number, it would be another one.
    made += 2n;
    const job = { id: String(made), path, action, body, prompt, status: "", progress: "", asked: 0 };
    jobs.push(job);
    return job;
  };
  const imageOf = ({ id }: Job) => `${origin}/mj/image/${id}.png`;
  /** As a number, which programs in other languages write. */
  const accepted = ({ id }: Job, code = 1, description = "提交成功", properties: Json = {}) =>
    `{"code":${code},"description":"${description}","result":${id},"properties":${JSON.stringify(properties)}}`;

  const press = (path: string, body: Json): string => {
    const parent = jobs.find(({ id }) => id === body["taskId"]);
    if (parent === undefined) return '{"code":3,"description":"关联任务不存在或已失效","result":null}';
    const name = textIn(body, "customId") || `${textIn(body, "action")}::${String(body["index"])}`;
    const before = jobs.find((job) => job.body["customId"] === name && job.status === "SUCCESS");
    if (before !== undefined && /upsample/.test(name)) {
      return accepted(before, 21, "任务已存在", { status: "SUCCESS", imageUrl: imageOf(before) });
    }
    const [opened] = /CustomZoom|Inpaint/.exec(name) ?? [];
    const action = opened?.toUpperCase() ?? (/upsample|UPSCALE/.test(name) ? "UPSCALE" : "VARIATION");
    const job = begin(path, action, { ...body, customId: name }, parent.prompt);
    // Some accounts are asked for a new prompt with each variation.
    const isRemixed = action === "VARIATION" && parent.prompt.includes("remixed");
    if ((opened === undefined && !isRemixed) || parent.prompt.includes("unasked")) return accepted(job);
    // Some go on by themselves, with what there was.
    if (!parent.prompt.includes("hasty")) job.status = "MODAL";
    return accepted(job, 21, "Waiting for window confirm", { status: "MODAL", remix: true });
  };

  const answerOf = (url: string, body: Json): string => {
    const prompt = textIn(body, "prompt");
    switch (url) {
      case "/mj/submit/action":
      case "/mj/submit/change":
        return press(url, body);
      case "/mj/submit/modal": {
        const job = jobs.find(({ id, status }) => id === body["taskId"] && status === "MODAL");
        if (job === undefined) return '{"code":3,"description":"关联任务不存在或已失效","result":null}';
        Object.assign(job, { status: "SUBMITTED", asked: 0, body: { ...job.body, ...body } });
        if (prompt !== "") job.prompt = prompt;
        return accepted(job);
      }
      case "/mj/submit/upload-discord-images":
        return JSON.stringify({ code: 0, description: "success", result: ["https://cdn.discordapp.test/a/1.png"] });
      default: {
        const action = ACTIONS[url];
        if (action === undefined) return '{"code":9,"description":"unknown"}';
        const job = begin(url, action, body, prompt);
        if (!prompt.includes("queued")) return accepted(job);
        return accepted(job, 22, "排队中,前面还有1个任务", { numberOfQueues: 1, discordInstanceId: "secret-instance" });
      }
    }
  };

  /** Each question brings a job one state further. */
  const step = (job: Job): void => {
    job.asked++;
    if (job.status === "MODAL" || job.asked === 1) return;
    if (job.asked === 2) Object.assign(job, { status: "IN_PROGRESS", progress: "33%" });
    else if (job.prompt.includes("fails")) job.status = "FAILURE";
    else if (job.prompt.includes("cancelled")) job.status = "CANCEL";
    else if (!job.prompt.includes("endless")) Object.assign(job, { status: "SUCCESS", progress: "100%" });
  };

  const shown = (job: Job): Json => {
    const { id, action, status, progress, prompt } = job;
    const isDone = status === "SUCCESS";
    const secret = ` by ${credential} at ${origin}/v1, ${new URL(origin).host}`;
    const isText = action === "DESCRIBE" || action === "SHORTEN";
    return {
      id,
      action,
      status,
      prompt,
      promptEn: prompt.includes("talks") ? prompt + secret : prompt,
      description: `/${action.toLowerCase()} ${prompt}${prompt.includes("talks") ? secret : ""}`,
      state: "",
      submitTime: 1,
      startTime: 1_689_231_442_755,
      finishTime: isDone ? 1_689_231_544_312 : null,
      progress,
      imageUrl: status === "IN_PROGRESS" || isDone ? imageOf(job) : "",
      failReason: status === "FAILURE" ? `Invalid parameter at ${origin}, says ${credential}` : null,
      buttons:
        isDone && !isText && !prompt.includes("bare") ? buttonsOf(job, prompt.includes("talks") ? secret : "") : [],
      ...(action === "VIDEO" && isDone ? { videoUrls: [{ url: `${origin}/files/${id}-0.mp4` }] } : {}),
      properties: {
        finalPrompt: isText ? DESCRIBED : `${prompt} --v 6.1${prompt.includes("talks") ? secret : ""}`,
        discordInstanceId: "secret-instance",
        notifyHook: null,
      },
    };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const body = await bodyOf(request);
    requests.push({ line: `${method} ${url}`, body, headers });
    const json = (text: string, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(text);
    if (url.startsWith("/files/")) return void response.writeHead(200, { "content-type": "video/mp4" }).end(PIXEL);
    if (headers["mj-api-secret"] !== credential) return void json('{"code":4,"description":"no key"}', 401);
    if (url.startsWith("/mj/image/")) {
      return void response.writeHead(200, { "content-type": "image/png", "content-length": PIXEL.length }).end(PIXEL);
    }
    if (url.endsWith("/image-seed")) return void json('{"code":0,"description":"success","result":"1234567890"}');
    if (url === "/mj/task/list-by-condition") {
      const ids = body["ids"] as readonly string[];
      const found = jobs.filter(({ id, prompt }) => ids.includes(id) && !prompt.includes("lost"));
      for (const job of found) step(job);
      return void json(JSON.stringify(found.map(shown)));
    }
    const refusal = refusals.find(([word]) => textIn(body, "prompt").includes(word));
    if (refusal !== undefined) return void json(JSON.stringify(refusal[1]), refusal[2]);
    json(answerOf(url, body));
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrl: origin,
    jobs,
    requests,
    refuse: (word, body, status = 200) => void refusals.push([word, body, status]),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function textIn(body: Json, name: string): string {
  const value = body[name];
  return typeof value === "string" ? value : "";
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return pieces.length === 0 ? {} : (JSON.parse(Buffer.concat(pieces).toString()) as Json);
}
