/** A result as the upstream that made it gives it out. */
import { Fault } from "../core/fault.ts";
import { NO_PAYLOAD } from "../core/payload.ts";
import type { Candidate } from "../routing/route.ts";
import { fetchPublic } from "../upstream/fetch-media.ts";
import { wayTo } from "../relay/call-upstream.ts";
import type { TaskResult } from "../wire/task-types.ts";
import type { Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";

/** Headers of a file that pass. */
const PASSED = ["content-type", "content-length", "content-range", "accept-ranges", "etag", "last-modified"];
const TYPES: Readonly<Record<string, string>> = {
  video: "video/mp4",
  image: "image/png",
  thumbnail: "image/webp",
  spritesheet: "image/jpeg",
};
export const RANGE = /^bytes=(\d*)-(\d*)$/;
/** One type alone, of what runs nothing in a browser: it has the gateway's own address. */
const MEDIA = /^((video|image|audio)\/(?!svg)[\w.+-]+|application\/octet-stream)\s*(;[^,]*)?$/i;

interface Asking {
  /** A client's own header. */
  readonly range: string | undefined;
  readonly signal: AbortSignal;
}

/** @throws Fault `upstream_error` where the file cannot be had, `invalid_parameter` for a range outside it */
export async function fetchResult(
  services: TaskServices,
  { maker }: Task,
  { variant, address }: TaskResult,
  { range, signal }: Asking,
): Promise<Response> {
  const candidate = maker && (await services.candidate(maker.routeId, maker.credentialId));
  if (candidate === undefined) throw lost("its upstream is gone");
  const headers = { "accept-encoding": "identity", ...(range !== undefined && RANGE.test(range) ? { range } : {}) };
  const answer = await fetchFrom(services, candidate, { address, headers, signal });
  if (answer === undefined) throw lost("its address leads on for too long");
  const type = answer.headers.get("content-type") ?? "";
  if (!answer.ok || answer.body === null || !MEDIA.test(type)) {
    await answer.body?.cancel();
    if (answer.status === 416) throw outOfRange(answer.headers.get("content-range"));
    throw lost(`status ${answer.status}, type ${type.slice(0, 60)}`);
  }
  // What is unpacked on its way is longer than it says.
  const isPacked = !/^(identity)?$/i.test(answer.headers.get("content-encoding") ?? "");
  const passed = PASSED.flatMap((name) => {
    const value = isPacked && name === "content-length" ? null : answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      "content-type": TYPES[variant.replace(/-\d$/, "")] ?? "application/octet-stream",
      ...Object.fromEntries(passed),
    },
  });
}

interface Asked {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A file of the upstream's own host is asked for with the credential, and from nobody else. */
async function fetchFrom({ relay }: TaskServices, candidate: Candidate, asked: Asked): Promise<Response | undefined> {
  const { address, headers, signal } = asked;
  const allowPrivate = relay.settings.allowPrivateUpstreams;
  const { baseUrl } = candidate.route.upstream;
  const path = pathBelow(baseUrl, address);
  if (path === undefined) return fetchPublic(relay.fetch, address, { allowPrivate, headers, signal });
  const carried = { address: { method: "GET", path }, headers: {}, streams: false } as const;
  const way = await wayTo(relay, candidate, carried, signal);
  const shipment = await way.ship(NO_PAYLOAD);
  return fetchPublic(relay.fetch, shipment.url, { allowPrivate, headers, signal, own: shipment.headers });
}

function pathBelow(baseUrl: string, address: string): string | undefined {
  if (address.startsWith("/")) return address;
  return address.startsWith(`${baseUrl}/`) ? address.slice(baseUrl.length) : undefined;
}

function lost(reason: string): Fault {
  return new Fault("upstream_error", {
    reason: `no result: ${reason}`,
    detail: {
      en: "The result cannot be fetched: the service that made it does not give it out any more.",
      zh: "无法获取结果:生成服务已不再提供该文件。",
    },
  });
}

/** @param range the header `content-range` that tells how large the file is */
export function outOfRange(range: string | null): Fault {
  return new Fault("invalid_parameter", {
    param: "range",
    ...(range === null ? {} : { headers: { "content-range": range } }),
    detail: { en: "'{param}' is outside the file.", zh: "'{param}' 超出文件范围。" },
  });
}
