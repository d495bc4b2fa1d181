/** An upstream of films in the form of Sora, on a real socket. Each film goes through the states that its test gives it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

interface Film {
  readonly id: string;
  /** What it was asked for with: the fields of JSON or of a form. */
  readonly body: Json;
  readonly form: FormData | undefined;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** How often its state was asked for. */
  asked: number;
}

/** What an upstream says of a film when it is asked for the nth time, from 1 on. */
type Told = (film: Film) => Json | { readonly status: number; readonly body: Json };

export interface VideoUpstream {
  readonly baseUrl: string;
  readonly films: Film[];
  /** All requests, as `GET /v1/videos/…`. */
  readonly requests: string[];
  /** What is told of the films of a model; completed at once by default. */
  tell(model: string, told: Told): void;
  /** How films of a model are refused. */
  refuse(model: string, status: number, error: Json): void;
  /** How long it takes until films of a model are taken. */
  delay(model: string, ms: number): void;
  close(): Promise<void>;
}

/** What every film is made of. */
export const FILM = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 251));

const COMPLETED: Told = ({ body }) => ({ status: "completed", progress: 100, seconds: body["seconds"] ?? "4" });

let made = 0;

export async function startVideoUpstream(): Promise<VideoUpstream> {
  const films: Film[] = [];
  const requests: string[] = [];
  const tellings = new Map<string, Told>();
  const refusals = new Map<string, readonly [status: number, error: Json]>();
  const delays = new Map<string, number>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "" } = request;
    requests.push(`${method} ${url}`);
    const json = (body: Json, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (method === "POST") {
      const { body, form } = await bodyOf(request);
      const parent = films.find(({ id }) => url.endsWith(`/${id}/remix`));
      const model = String(body["model"] ?? parent?.body["model"]);
      const refusal = refusals.get(model);
      if (refusal !== undefined) return void json({ error: refusal[1] }, refusal[0]);
      const film = {
        id: `up-${++made}`,
        body: { ...parent?.body, ...body, model },
        form,
        path: url,
        headers: request.headers,
        asked: 0,
      };
      films.push(film);
      await new Promise((resolve) => setTimeout(resolve, delays.get(model) ?? 0));
      return void json({ id: film.id, object: "video", status: "queued", progress: 0, model, seconds: "4" });
    }
    const [, id = "", rest] = /\/videos\/([^/?]+)(\/content)?/.exec(url) ?? [];
    const film = films.find((one) => one.id === id);
    if (film === undefined) return void json({ error: { message: "no such video", code: "not_found" } }, 404);
    if (rest !== undefined) return sendFilm(request, response);
    film.asked++;
    const told = (tellings.get(String(film.body["model"])) ?? COMPLETED)(film);
    if (typeof told["status"] === "number") return void json(told["body"] as Json, told["status"]);
    json({ id, object: "video", ...told });
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    films,
    requests,
    tell: (model, told) => void tellings.set(model, told),
    refuse: (model, status, error) => void refusals.set(model, [status, error]),
    delay: (model, ms) => void delays.set(model, ms),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function sendFilm({ headers }: IncomingMessage, response: ServerResponse, film: Buffer = FILM): void {
  const [, from = "0", to = String(film.length - 1)] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  const piece = film.subarray(Number(from), Number(to === "" ? film.length - 1 : to) + 1);
  const range = { "content-range": `bytes ${from}-${Number(from) + piece.length - 1}/${film.length}` };
  response
    .writeHead(headers.range === undefined ? 200 : 206, {
      "content-type": "video/mp4",
      "content-length": piece.length,
      "accept-ranges": "bytes",
      ...(headers.range === undefined ? {} : range),
    })
    .end(piece);
}

async function bodyOf(request: IncomingMessage): Promise<{ body: Json; form: FormData | undefined }> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/")) return { body: JSON.parse(bytes.toString()) as Json, form: undefined };
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  return { body: Object.fromEntries([...form].filter(([, value]) => typeof value === "string")), form };
}
