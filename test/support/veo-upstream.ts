/**
 * An upstream of films in the form of Google's Gemini API, on a real socket: operations, files behind the key that lead to a
 * store of signed addresses, and its refusals.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FILM, sendFilm } from "./video-upstream.ts";

type Json = Record<string, unknown>;

interface Prediction {
  /** `models/…/operations/…` */
  readonly name: string;
  readonly instance: Json;
  readonly parameters: Json;
  /** How often its state was asked for. */
  asked: number;
}

/** What is said of an operation besides its name; a number is the HTTP status of a refusal. */
type Told = (prediction: Prediction) => Json | number;

export interface VeoUpstream {
  readonly baseUrl: string;
  readonly predictions: Prediction[];
  /** Headers of requests to the store, which is another host than the upstream. */
  readonly stored: IncomingMessage["headers"][];
  /** What is told of the films of a model; done at once by default. */
  tell(model: string, told: Told): void;
  close(): Promise<void>;
}

/** The films that are made of one prompt differ. */
export function filmOf(sample: number): Buffer {
  return Buffer.from(FILM.map((byte: number) => (byte + sample) % 256));
}

const LENGTHS: ReadonlySet<unknown> = new Set([4, 6, 8]);
let made = 0;

/** @param key without it nothing is told or given out */
export async function startVeoUpstream(key: string): Promise<VeoUpstream> {
  const predictions: Prediction[] = [];
  const stored: IncomingMessage["headers"][] = [];
  const tellings = new Map<string, Told>();

  const store = createServer((request, response) => {
    stored.push(request.headers);
    const [, sample] = /^\/stored\/\w+-(\d)\?signature=ok$/.exec(request.url ?? "") ?? [];
    if (sample === undefined) return void response.writeHead(403).end();
    sendFilm(request, response, filmOf(Number(sample)));
  });
  const storeUrl = await listen(store);

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const json = (body: Json, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refuse = (code: number, status: string, message: string) => json({ error: { code, message, status } }, code);
    if (headers["x-goog-api-key"] !== key) return void refuse(403, "PERMISSION_DENIED", "no key");
    const [, model] = /^\/v1beta\/models\/([^/:]+):predictLongRunning$/.exec(url) ?? [];
    if (method === "POST" && model !== undefined) {
      const { instances = [], parameters = {} } = (await bodyOf(request)) as { instances?: Json[]; parameters?: Json };
      const [instance = {}] = instances;
      const problem = problemOf(instance, parameters);
      if (problem !== undefined) return void refuse(400, "INVALID_ARGUMENT", problem);
      const name = `models/${model}/operations/op${++made}`;
      predictions.push({ name, instance, parameters, asked: 0 });
      return void json({ name });
    }
    const [, file] = /^\/v1beta\/files\/(\w+-\d):download\?alt=media$/.exec(url) ?? [];
    if (file !== undefined) {
      return void response.writeHead(302, { location: `${storeUrl}/stored/${file}?signature=ok` }).end();
    }
    const prediction = predictions.find(({ name }) => url === `/v1beta/${name}`);
    if (prediction === undefined) return void refuse(404, "NOT_FOUND", "no such operation");
    prediction.asked++;
    const [, asked = ""] = prediction.name.split("/");
    const told = (tellings.get(asked) ?? ((one) => done(one)))(prediction);
    if (typeof told === "number") return void refuse(told, "NOT_FOUND", "gone");
    json({ name: prediction.name, ...told });
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const baseUrl = `${await listen(server)}/v1beta`;

  /** All films of the prompt, less those that are kept back. */
  const done = ({ name, parameters }: Prediction, keptBack = 0): Json => {
    const count = Number(parameters["sampleCount"] ?? 1) - keptBack;
    const id = name.split("/").at(-1) ?? "";
    const generatedSamples = Array.from({ length: count }, (_, sample) => ({
      video: { uri: `${baseUrl}/files/${id}-${sample}:download?alt=media` },
    }));
    return {
      done: true,
      response: {
        "@type": "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse",
        generateVideoResponse: {
          ...(count > 0 ? { generatedSamples } : {}),
          ...(keptBack > 0
            ? { raiMediaFilteredCount: keptBack, raiMediaFilteredReasons: ["The picture shows a person."] }
            : {}),
        },
      },
    };
  };
  tellings.set("google-half", (one) => done(one, 1));
  tellings.set("google-filtered", (one) => done(one, Number(one.parameters["sampleCount"] ?? 1)));

  return {
    baseUrl,
    predictions,
    stored,
    tell: (model, told) => void tellings.set(model, told),
    async close() {
      await Promise.all([server, store].map(stop));
    },
  };
}

/** What the API refuses, in its own words or like them. */
function problemOf(instance: Json, parameters: Json): string | undefined {
  const { prompt, image, lastFrame, referenceImages } = instance;
  if (typeof prompt !== "string") return "a prompt is required";
  for (const name of ["seed", "generateAudio", "compressionQuality"]) {
    if (parameters[name] !== undefined) return `\`${name}\` isn't supported by this model.`;
  }
  if (!LENGTHS.has(parameters["durationSeconds"])) return "The number value for `durationSeconds` is out of bound.";
  if (!["16:9", "9:16", undefined].includes(parameters["aspectRatio"] as string | undefined)) return "bad aspect ratio";
  if (referenceImages !== undefined && (image ?? lastFrame) !== undefined) return "references with an image";
  for (const picture of [image, lastFrame] as (Json | undefined)[]) {
    if (picture === undefined) continue;
    const { bytesBase64Encoded: data, mimeType } = picture;
    if (typeof data !== "string" || typeof mimeType !== "string")
      return "Input instance with `image` should contain both.";
  }
  return undefined;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
}
