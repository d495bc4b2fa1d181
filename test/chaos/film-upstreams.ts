/**
 * Two upstreams of films in the form of Sora: `film-steady` makes each; `film-wild` refuses, breaks off after it has taken one,
 * fails, forgets, takes long, changes its mind and stumbles over questions as it likes.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FILM, sendFilm } from "../support/video-upstream.ts";
import type { Dice } from "./dice.ts";
import { madeSeconds, numberIn, type Fate, type Film, type Journal } from "./journal.ts";

const FILM_UPSTREAMS = ["film-steady", "film-wild"] as const;
export type FilmUpstreamName = (typeof FILM_UPSTREAMS)[number];

export interface FilmUpstream {
  /** With the version path. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** What `film-wild` does when it is asked to make a film, and how often. */
const TAKES = {
  take: 60,
  "take late": 8,
  "take, then reset": 9,
  "reset at once": 4,
  garbage: 3,
  "error in a 200": 3,
  "no id": 3,
  "status 429": 2,
  "status 500": 5,
  "status 503": 3,
};
const FATES: Readonly<Record<Fate, number>> = { whole: 55, shorter: 8, longer: 6, failed: 14, lost: 7, fickle: 6 };
/** How long a film takes. */
const LENGTHS = { "at once": 10, soon: 70, long: 15, "very long": 5 };
const LENGTHS_MS = {
  "at once": [0, 0],
  soon: [500, 6000],
  long: [6000, 15_000],
  "very long": [20_000, 40_000],
} as const;
/** What `film-wild` does when it is asked how a film is doing. */
const TELLS = {
  tell: 74,
  "tell late": 5,
  "reset at once": 5,
  garbage: 3,
  "error in a 200": 2,
  "status 404": 2,
  "status 429": 2,
  "status 500": 5,
  "status 503": 2,
};
const SENDS = { whole: 80, "reset at once": 5, "broken off": 5, "status 404": 5, "status 500": 5 };
/** A fickle film is finished for so long. */
const FICKLE_MS = 1500;

type Json = Record<string, unknown>;

interface Context {
  readonly name: FilmUpstreamName;
  readonly journal: Journal;
  readonly dice: Dice;
}

export async function startFilmUpstreams(
  journal: Journal,
  dice: Dice,
): Promise<Record<FilmUpstreamName, FilmUpstream>> {
  const started = await Promise.all(
    FILM_UPSTREAMS.map(async (name) => [name, await start({ name, journal, dice })] as const),
  );
  return Object.fromEntries(started) as Record<FilmUpstreamName, FilmUpstream>;
}

async function start(context: Context): Promise<FilmUpstream> {
  const server = createServer((request, response) => {
    serve(context, request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url = "" } = request;
  if (method === "POST") return take(context, (await bodyOf(request)) as Json, response);
  const [, id = "", rest] = /\/videos\/([^/?]+)(\/content)?/.exec(url) ?? [];
  const film = context.journal.film(id);
  if (film === undefined) return misbehave("status 404", response);
  if (rest === undefined) await tell(context, film, response);
  else send(context, film, request, response);
}

let made = 0;

async function take({ name, journal, dice }: Context, body: Json, response: ServerResponse): Promise<void> {
  const isWild = name === "film-wild";
  const act = isWild ? dice.pick(TAKES) : "take";
  const number = numberIn(String(body["prompt"]));
  const isTaken = act.startsWith("take");
  if (number !== undefined) journal.add(number, { upstream: name, act, isHonest: isTaken, isWhole: isTaken });
  if (!isTaken) return misbehave(act, response);
  const [leastMs, mostMs] = LENGTHS_MS[isWild ? dice.pick(LENGTHS) : "soon"];
  const film = journal.take({
    id: `film-${++made}`,
    upstream: name,
    seconds: Number(body["seconds"]),
    fate: isWild ? dice.pick(FATES) : "whole",
    takenAtMs: Date.now(),
    readyAtMs: Date.now() + dice.between(leastMs, mostMs),
    askedAtMs: undefined,
    toldAtMs: undefined,
    isSentWhole: true,
  });
  if (act === "take late") await pause(dice.between(300, 1500));
  if (act === "take, then reset") return misbehave("reset at once", response);
  json(response, { id: film.id, object: "video", status: "queued", progress: 0, seconds: String(film.seconds) });
}

async function tell({ name, dice }: Context, film: Film, response: ServerResponse): Promise<void> {
  const { id, fate, readyAtMs } = film;
  const nowMs = Date.now();
  if (nowMs >= readyAtMs) film.askedAtMs ??= nowMs;
  const act = name === "film-wild" ? dice.pick(TELLS) : "tell";
  if (act === "tell late") await pause(dice.between(300, 1500));
  else if (act !== "tell") return misbehave(act, response);
  if (nowMs < readyAtMs) {
    const progress = nowMs < (film.takenAtMs + readyAtMs) / 2 ? 10 : 60;
    return json(response, { id, object: "video", status: "in_progress", progress });
  }
  if (fate === "lost") return misbehave("status 404", response);
  film.toldAtMs ??= nowMs;
  const hasFailed = fate === "failed" || (fate === "fickle" && nowMs > film.toldAtMs + FICKLE_MS);
  if (hasFailed) {
    const error = { code: "moderation_blocked", message: "Not this one." };
    return json(response, { id, object: "video", status: "failed", error });
  }
  const seconds = fate === "longer" ? 3600 : madeSeconds(film);
  json(response, { id, object: "video", status: "completed", progress: 100, seconds: String(seconds) });
}

function send({ name, dice }: Context, film: Film, request: IncomingMessage, response: ServerResponse): void {
  const act = name === "film-wild" ? dice.pick(SENDS) : "whole";
  if (act === "whole") return sendFilm(request, response);
  film.isSentWhole = false;
  if (act !== "broken off") return misbehave(act, response);
  response.writeHead(200, { "content-type": "video/mp4", "content-length": FILM.length });
  response.write(FILM.subarray(0, FILM.length / 2), () => response.socket?.resetAndDestroy());
}

/** What is done in place of an answer. */
function misbehave(act: string, response: ServerResponse): void {
  if (act === "reset at once") response.socket?.resetAndDestroy();
  else if (act === "garbage") response.writeHead(200, { "content-type": "text/html" }).end("<html>no object");
  else if (act === "error in a 200") json(response, { error: { message: "Overloaded", code: 500 } });
  else if (act === "no id") json(response, { object: "video", status: "queued" });
  else {
    const status = Number(act.slice(-3));
    if (status === 429) response.setHeader("retry-after", "1");
    json(response, { error: { message: "no", code: status } }, status);
  }
}

function json(response: ServerResponse, body: Json, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString());
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
