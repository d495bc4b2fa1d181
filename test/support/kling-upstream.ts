/**
 * Kling on a real socket: its endpoints, its signed tokens, and its numbers for failures, some of which come with status 200.
 * A film is submitted, then processing, then there; it is known at the endpoint that made it alone. So are pictures, and each has a
 * file.
 * Source: the vendor's API reference, November 2026.
 */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

interface KlingFilm {
  readonly id: string;
  /** `images` for pictures. */
  readonly kind: string;
  readonly body: Json;
  readonly model: string;
  /** How often its state was asked for. */
  asked: number;
}

interface Refusal {
  readonly code: number;
  readonly message: string;
  /** 200 by default: the failure is told inside. */
  readonly status?: number;
}

type Told = (film: KlingFilm) => Json | Refusal;

export interface KlingUpstream {
  readonly baseUrl: string;
  /** `AccessKey:SecretKey`. */
  readonly credential: string;
  readonly films: KlingFilm[];
  /** All requests, as `GET /v1/videos/…`. */
  readonly requests: string[];
  /** The tokens that came, each once. */
  readonly tokens: Set<string>;
  /** What `data` holds besides the usual when the films of a model are asked for. */
  tell(model: string, told: Told): void;
  /** How films of a model are refused. */
  refuse(model: string, refusal: Refusal): void;
  close(): Promise<void>;
}

export const KLING_FILM = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 241));
export const KLING_PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const KINDS: ReadonlySet<string> = new Set([
  "text2video",
  "image2video",
  "multi-image2video",
  "video-extend",
  "lip-sync",
  "effects",
]);
const KEYS = { accessKey: "access-key-of-the-test", secretKey: "secret-key-of-the-test" };

let made = 0;

export async function startKlingUpstream(): Promise<KlingUpstream> {
  const films: KlingFilm[] = [];
  const requests: string[] = [];
  const tokens = new Set<string>();
  const tellings = new Map<string, Told>();
  const refusals = new Map<string, Refusal>();
  let origin = "";

  const filmUrl = ({ id }: KlingFilm) => `${origin}/files/${id}.mp4`;
  const succeeded: Told = (film) => {
    if (film.asked < 2) return { task_status: "processing", task_status_msg: "" };
    if (film.kind === "images") {
      const images = Array.from({ length: Number(film.body["n"]) }, (_, index) => ({
        index,
        url: `${origin}/files/${film.id}-${index}.png`,
      }));
      return { task_status: "succeed", task_result: { images }, final_unit_deduction: "1" };
    }
    const length = Number(film.body["duration"] ?? 5) + 0.1;
    return {
      task_status: "succeed",
      task_result: { videos: [{ id: `v-${film.id}`, url: filmUrl(film), duration: String(length) }] },
      final_unit_deduction: "2",
    };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    if (url.endsWith(".png")) return void response.writeHead(200, { "content-type": "image/png" }).end(KLING_PICTURE);
    if (url.startsWith("/files/")) return void response.writeHead(200, { "content-type": "video/mp4" }).end(KLING_FILM);
    requests.push(`${method} ${url}`);
    const send = (status: number, body: Json) =>
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify({ request_id: "r-1", ...body }));
    const fail = ({ code, message, status = 200 }: Refusal) => void send(status, { code, message });
    const answer = (data: Json) => void send(200, { code: 0, message: "SUCCEED", data });

    const token = headers.authorization?.replace("Bearer ", "") ?? "";
    const wrong = problemOf(token);
    if (wrong !== undefined) return fail({ code: wrong, message: "Auth failed", status: 401 });
    tokens.add(token);

    const [, family, own = "", id] = /^\/v1\/(videos|images)\/([\w-]+)(?:\/([^/?]+))?$/.exec(url) ?? [];
    const kind = family === "images" ? (own === "generations" ? family : "") : own;
    if (kind !== "images" && !KINDS.has(kind)) return fail({ code: 1202, message: "method not found", status: 404 });
    if (method === "POST") {
      const body = JSON.parse(await textOf(request)) as Json;
      const problem = problemIn(kind, body, films);
      if (problem !== undefined) return fail({ code: 1201, message: problem, status: 400 });
      const input = body["input"] as Json | undefined;
      const parent = films.find((film) => `v-${film.id}` === (body["video_id"] ?? input?.["video_id"]));
      const named = body["model_name"] ?? input?.["model_name"];
      const model = typeof named === "string" ? named : (parent?.model ?? "");
      const refusal = refusals.get(model);
      if (refusal !== undefined) return fail(refusal);
      const film = { id: String(831_922_345_719_270_000n + BigInt(++made)), kind, body, model, asked: 0 };
      films.push(film);
      return answer({ task_id: film.id, task_status: "submitted", created_at: 1, updated_at: 1 });
    }
    const film = films.find((one) => one.id === id && one.kind === kind);
    if (film === undefined) return fail({ code: 1203, message: "no such task", status: 404 });
    film.asked++;
    const told = (tellings.get(film.model) ?? succeeded)(film);
    if (typeof told["code"] === "number") return fail(told as unknown as Refusal);
    answer({ task_id: film.id, task_info: {}, created_at: 1, updated_at: 2, ...told });
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrl: `${origin}/v1`,
    credential: `${KEYS.accessKey}:${KEYS.secretKey}`,
    films,
    requests,
    tokens,
    tell: (model, told) => void tellings.set(model, told),
    refuse: (model, refusal) => void refusals.set(model, refusal),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Kling's number for what is wrong with a token; undefined = nothing. */
function problemOf(token: string): number | undefined {
  if (token === "") return 1001;
  const [head = "", claims = "", signature] = token.split(".");
  const expected = createHmac("sha256", KEYS.secretKey).update(`${head}.${claims}`).digest("base64url");
  if (signature !== expected) return 1000;
  const { alg, typ } = JSON.parse(Buffer.from(head, "base64url").toString()) as Json;
  const { iss, exp, nbf } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Json;
  if (alg !== "HS256" || typ !== "JWT" || iss !== KEYS.accessKey) return 1002;
  const now = Date.now() / 1000;
  if (typeof nbf !== "number" || nbf > now) return 1003;
  // Kling wants tokens that live for half an hour.
  return typeof exp === "number" && exp > now && exp <= now + 1801 ? undefined : 1004;
}

/** What Kling refuses in a request; undefined = nothing. */
function problemIn(kind: string, body: Json, films: readonly KlingFilm[]): string | undefined {
  for (const name of ["callback_url", "external_task_id", "model"]) {
    if (body[name] !== undefined) return `${name} is somebody else's`;
  }
  if (kind === "images") return problemInPictures(body);
  const input = (body["input"] ?? {}) as Json;
  const film = body["video_id"] ?? input["video_id"];
  if (film !== undefined && !films.some(({ id }) => `v-${id}` === film)) return "unknown video_id";
  if (kind === "video-extend") return film === undefined ? "video_id is required" : undefined;
  if (kind === "lip-sync") return (film ?? input["video_url"]) ? undefined : "video_id is required";
  const list = (body["image_list"] ?? []) as readonly Json[];
  const pictures = [body["image"], body["image_tail"], input["image"], ...list.map(({ image }) => image)];
  if (pictures.some((one) => typeof one === "string" && one.startsWith("data:"))) return "image is no base64";
  const length = kind === "effects" ? input["duration"] : body["duration"];
  if (length !== undefined && typeof length !== "string") return "duration must be a string";
  if (kind === "image2video") return (body["image"] ?? body["image_tail"]) ? undefined : "image is required";
  return kind === "effects" || typeof body["prompt"] === "string" ? undefined : "prompt is required";
}

function problemInPictures(body: Json): string | undefined {
  const { prompt, image, image_reference: reference, resolution = "1k", n = 1 } = body;
  if (typeof prompt !== "string" || prompt === "") return "prompt is required";
  if (typeof image === "string" && image.startsWith("data:")) return "image is no base64";
  if (reference !== undefined && image === undefined) return "image is required";
  if (image !== undefined && body["negative_prompt"] !== undefined) return "negative_prompt is not supported";
  if (resolution !== "1k" && resolution !== "2k") return "resolution must be 1k or 2k";
  return typeof n === "number" && n >= 1 && n <= 9 ? undefined : "n must be from 1 to 9";
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
