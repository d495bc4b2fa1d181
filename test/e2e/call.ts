/**
 * A client of the whole gateway that keeps the whole answer, and checks that hold for every answer and every failure.
 */
import { expect, vi } from "vitest";
import type { Gateway } from "../support/gateway.ts";

export type JsonObject = Record<string, unknown>;

export const SURFACES = ["/v1", "/xlei/v1"] as const;
export const CHAT = "/chat/completions";
export const MESSAGES = [{ role: "user", content: "Hello" }];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** An empty object when the text is not a JSON object. */
  readonly body: JsonObject;
  /** The blocks between blank lines, for an event stream. */
  readonly blocks: readonly string[];
  /** The events' data, parsed; `[DONE]` unchanged. */
  readonly events: readonly (JsonObject | "[DONE]")[];
  /** For failure messages. */
  readonly story: string;
}

export interface Call {
  readonly method?: string;
  /** Text and bytes are sent unchanged, anything else as JSON. */
  readonly body?: unknown;
  /** `undefined` leaves a default header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export async function send(gateway: Gateway, path: string, request: Call = {}): Promise<Response> {
  const { method = request.body === undefined ? "GET" : "POST", body, signal } = request;
  const headers = new Headers();
  const wanted = {
    authorization: `Bearer ${gateway.key}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...request.headers,
  };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) headers.set(name, value);
  const init: RequestInit & { duplex?: "half" } = { method, headers, redirect: "manual" };
  if (body !== undefined) init.body = asBody(body);
  if (body instanceof ReadableStream) init.duplex = "half";
  if (signal !== undefined) init.signal = signal;
  return fetch(gateway.url + path, init);
}

function asBody(body: unknown): NonNullable<RequestInit["body"]> {
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream) {
    return body as NonNullable<RequestInit["body"]>;
  }
  return JSON.stringify(body);
}

export async function call(gateway: Gateway, path: string, request: Call = {}): Promise<Answer> {
  return read(await send(gateway, path, request));
}

async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const isStream = (headers.get("content-type") ?? "").startsWith("text/event-stream");
  const blocks = isStream ? text.split("\n\n").filter((block) => block !== "") : [];
  const story = `${status} ${JSON.stringify(Object.fromEntries(headers))}\n${text.slice(0, 2000)}`;
  return { status, headers, text, body: isStream ? {} : objectOf(text), blocks, events: eventsOf(blocks), story };
}

function objectOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function eventsOf(blocks: readonly string[]): (JsonObject | "[DONE]")[] {
  return blocks
    .filter((block) => !block.startsWith(":"))
    .map((block) => block.replace(/^data: /, ""))
    .map((data) => (data === "[DONE]" ? data : objectOf(data)));
}

/**
 * HTTP status, code, OpenAI type and code of the faults in these tests. Written out, so that a change of
 * `src/core/fault.ts` is noticed.
 */
const FAULTS = {
  bad_json: [400, 1002, "invalid_request_error", "invalid_json"],
  invalid_parameter: [400, 1002, "invalid_request_error", "invalid_value"],
  missing_input: [400, 1001, "invalid_request_error", "missing_required_parameter"],
  model_not_found: [404, 1002, "not_found", "model_not_found"],
  model_endpoint_mismatch: [400, 1003, "invalid_request_error", "model_not_supported"],
  unsupported_feature: [400, 1002, "invalid_request_error", "unsupported_parameter"],
  context_length_exceeded: [400, 1007, "invalid_request_error", "context_length_exceeded"],
  content_policy: [400, 1008, "invalid_request_error", "content_policy_violation"],
  missing_key: [401, 2001, "authentication_error", "missing_api_key"],
  invalid_key: [401, 2001, "authentication_error", "invalid_api_key"],
  account_disabled: [401, 2001, "authentication_error", "account_deactivated"],
  route_not_found: [404, 1006, "not_found", "unknown_url"],
  method_not_allowed: [405, 1006, "invalid_request_error", "method_not_allowed"],
  body_too_large: [413, 1004, "invalid_request_error", "request_too_large"],
  unsupported_media_type: [415, 1005, "invalid_request_error", "unsupported_content_type"],
  unprocessable: [400, 1002, "invalid_request_error", null],
  upstream_rate_limited: [429, 429, "rate_limit_exceeded", "upstream_rate_limited"],
  upstream_error: [502, 4002, "upstream_error", "bad_gateway"],
  no_route: [503, 4001, "service_unavailable", "no_available_route"],
  maintenance: [503, 4001, "service_unavailable", "maintenance"],
  upstream_timeout: [504, 4003, "upstream_error", "upstream_timeout"],
} as const satisfies Record<string, readonly [number, number, string, string | null]>;

export type FaultName = keyof typeof FAULTS;

export interface ExpectedFault {
  readonly fault: FaultName;
  readonly param?: string | null;
  /** What the message must say. */
  readonly says?: RegExp;
}

/** The whole error body, as both surfaces send it. */
export function errorBody({ fault, param = null }: ExpectedFault): JsonObject {
  const [, code, type, errorCode] = FAULTS[fault];
  const message: unknown = expect.stringMatching(/\S/);
  const legacy = code === 429 ? { legacy_code: 2004 } : {};
  return { code, message, data: null, error: { message, type, param, code: errorCode, ...legacy } };
}

/** Status, body, CORS, ids and retry hints of a failed request. */
export function expectFault(answer: Answer, path: string, expected: ExpectedFault): void {
  const { story, headers, body } = answer;
  const [status] = FAULTS[expected.fault];
  const isXleiModel = expected.fault === "model_not_found" && path.startsWith("/xlei");
  expect(answer.status, story).toBe(isXleiModel ? 400 : status);
  expect(body, story).toEqual(errorBody(expected));
  expect((body["error"] as JsonObject)["message"], story).toBe(body["message"]);
  if (expected.says !== undefined) expect(body["message"], story).toMatch(expected.says);
  expect(headers.get("content-type"), story).toContain("application/json");
  expectCommonHeaders(answer);
  expect(headers.get("www-authenticate"), story).toBe(status === 401 ? "Bearer" : null);
  if (status === 429 || status === 503) expect(Number(headers.get("retry-after")), story).toBeGreaterThanOrEqual(1);
  else expect(headers.get("retry-after"), story).toBeNull();
}

/** Checks the headers of every answer: our id, times, and CORS. */
export function expectCommonHeaders({ headers, story }: Answer): void {
  expect(headers.get("x-request-id"), story).toMatch(/^req_[0-9a-f-]{36}$/);
  expect(headers.get("server-timing"), story).toMatch(/total;dur=\d/);
  expect(headers.get("access-control-allow-origin"), story).toBe("*");
  expect(headers.get("x-content-type-options"), story).toBe("nosniff");
  expect(headers.get("access-control-expose-headers"), story).toMatch(/x-request-id.*retry-after/);
}

/** The log line of a request. Waits for it, because it is written when the request has ended. */
export async function logLine(gateway: Gateway, { headers, story }: Pick<Answer, "headers" | "story">) {
  const id = headers.get("x-request-id");
  return vi.waitFor(() => {
    const line = gateway.requestLog().find((candidate) => candidate["request_id"] === id);
    if (line === undefined) throw new Error(`no log line of ${id}: ${story}`);
    return line;
  }, 10_000);
}

/** Words about upstreams that no client may ever read. Tests use them in every name they give to an upstream. */
export const HIDDEN = { name: "Hidden Vendor", credential: "hidden-credential", model: "hidden-model" } as const;

/** Checks that no byte and no header of the answer names an upstream. */
export function expectNoLeak({ text, headers, story }: Answer, upstreams: readonly { port: number }[]): void {
  const said = `${text}\n${JSON.stringify(Object.fromEntries(headers))}`.toLowerCase();
  const words = ["hidden", "upstream-name", ...upstreams.map(({ port }) => `:${port}`)];
  for (const word of words) expect(said.includes(word), `${word} stands in ${story}`).toBe(false);
}
