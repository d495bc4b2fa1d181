/** Films of the mock, in the form of Sora: each is made within seconds, and can be watched. It keeps them while it runs. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Mountable } from "@copilotkit/aimock";
import { mockFilm } from "./mock-film.ts";
import { mockPicture } from "./mock-picture.ts";

type Json = Record<string, unknown>;

interface Film {
  readonly id: string;
  readonly beganMs: number;
  readonly model: string;
  readonly prompt: string;
  readonly seconds: string;
  readonly size: string;
  readonly remixes: string | null;
}

const USUAL = { model: "sora-2", prompt: "", seconds: "4", size: "720x1280" };
const LONGEST_S = 60;
/** Older films are forgotten. */
const MOST = 100;
/** The part of the time that a film waits. */
const WAITS = 0.25;

/** @param tookMs how long a film takes to be made */
export function mockVideos(tookMs: number): Mountable {
  const films = new Map<string, Film>();

  function show({ id, beganMs, remixes, ...asked }: Film): Json {
    const done = tookMs === 0 ? 1 : Math.min(1, (Date.now() - beganMs) / tookMs);
    const isDone = done === 1;
    return {
      id,
      object: "video",
      ...asked,
      status: isDone ? "completed" : done < WAITS ? "queued" : "in_progress",
      progress: isDone ? 100 : Math.floor(100 * Math.max(0, (done - WAITS) / (1 - WAITS))),
      created_at: Math.floor(beganMs / 1000),
      completed_at: isDone ? Math.floor((beganMs + tookMs) / 1000) : null,
      expires_at: null,
      remixed_from_video_id: remixes,
      error: null,
    };
  }

  function add(body: Json, parent?: Film): Film {
    const said = (name: keyof typeof USUAL) => {
      const value = body[name];
      return typeof value === "string" || typeof value === "number" ? String(value) : (parent ?? USUAL)[name];
    };
    const film = {
      id: `video_${crypto.randomUUID().replaceAll("-", "")}`,
      beganMs: Date.now(),
      model: said("model"),
      prompt: said("prompt"),
      seconds: said("seconds"),
      size: said("size"),
      remixes: parent?.id ?? null,
    };
    films.set(film.id, film);
    for (const old of [...films.keys()].slice(0, -MOST)) films.delete(old);
    return film;
  }

  return {
    async handleRequest(request, response, path) {
      const [, id = "", part] = path.split("/");
      const film = films.get(id);
      if (request.method === "POST" && id === "") answer(response, show(add(await bodyOf(request))));
      else if (film === undefined) answer(response, { error: { message: "There is no such film." } }, 404);
      else if (request.method === "POST") answer(response, show(add(await bodyOf(request), film)));
      else if (part === undefined) answer(response, show(film));
      else if (show(film)["status"] !== "completed")
        answer(response, { error: { message: "The film is not finished." } }, 404);
      else sendPiece(request, response, contentOf(film, request.url ?? ""));
      return true;
    },
  };
}

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
}

function contentOf({ seconds }: Film, url: string): Content {
  const variant = new URL(url, "http://mock").searchParams.get("variant") ?? "video";
  if (variant !== "video") return { type: "image/png", bytes: Buffer.from(mockPicture(), "base64") };
  const length = Math.min(LONGEST_S, Math.max(1, Math.round(Number(seconds)) || 1));
  return { type: "video/mp4", bytes: mockFilm(length) };
}

/** All of it, or the range that is asked for: players ask for pieces. */
function sendPiece({ headers }: IncomingMessage, response: ServerResponse, { type, bytes }: Content): void {
  const [whole, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  const first = from === "" ? (to === "" ? 0 : Math.max(0, bytes.length - Number(to))) : Number(from);
  const last = from === "" || to === "" ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  const common = { "content-type": type, "accept-ranges": "bytes" };
  if (whole === undefined) response.writeHead(200, { ...common, "content-length": bytes.length }).end(bytes);
  else if (first > last) response.writeHead(416, { ...common, "content-range": `bytes */${bytes.length}` }).end();
  else {
    const range = `bytes ${first}-${last}/${bytes.length}`;
    response
      .writeHead(206, { ...common, "content-length": last - first + 1, "content-range": range })
      .end(bytes.subarray(first, last + 1));
  }
}

function answer(response: ServerResponse, body: Json, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** The fields of JSON or of a form. */
async function bodyOf(request: IncomingMessage): Promise<Json> {
  const bytes = await buffer(request);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/")) return JSON.parse(bytes.toString()) as Json;
  return Object.fromEntries(await new Response(bytes, { headers: { "content-type": type } }).formData());
}
