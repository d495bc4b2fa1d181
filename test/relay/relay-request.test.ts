/** However a request ends, it is closed once: health is told, the charge is closed, and one line is logged. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Closing } from "../../src/billing/wallet.ts";
import { Fault } from "../../src/core/fault.ts";
import { uuidv7 } from "../../src/core/id.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import type { Answering } from "../../src/relay/first-answer.ts";
import type { Charge } from "../../src/relay/charge.ts";
import { RelayRequest } from "../../src/relay/relay-request.ts";
import { RequestLog } from "../../src/relay/request-log.ts";
import { AttemptFailure } from "../../src/upstream/failure.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import { MATCH } from "../wire/support.ts";

let lines: Record<string, unknown>[] = [];

beforeEach(() => {
  lines = [];
  for (const writer of ["log", "error"] as const) {
    vi.spyOn(console, writer).mockImplementation(
      (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    );
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

function setUp() {
  const told: string[] = [];
  const closings: Closing[] = [];
  const request = new RelayRequest({
    asked: chat.read(jsonPayload({ messages: [{ role: "user", content: "Hello" }] }), MATCH),
    streams: true,
    session: undefined,
    payer: { accountId: "account", keyId: "key", ratioPpm: 1_000_000 },
    account: "account-alias",
    scope: { groupId: null, allowedModels: null, allowedIps: null, planTier: null },
    endpoint: "POST /v1/chat/completions",
    clientRequestId: "mine",
    errorBody: () => ({}),
    headers: () => ({}),
    gone: new AbortController().signal,
    defer: () => undefined,
    log: new RequestLog(uuidv7(), () => 0),
  });
  request.charge = {
    reported: { output: 5, reasoning: 2 },
    async close(closing: Closing) {
      closings.push(closing);
      return { amount_nanos: 7 };
    },
  } as unknown as Charge;
  request.answering = {
    attempt: {
      planned: { why: "only", route: { id: "route", model: { id: "model" } } },
      brokeOff: ({ outcome }: { outcome: string }) => void told.push(`broke off: ${outcome}`),
      finished: (tokens: number | undefined) => void told.push(`finished: ${tokens} tokens`),
    },
  } as unknown as Answering;
  return { request, told, closings };
}

describe("a request", () => {
  it("that is complete closes its charge, tells its speed, and logs one line", async () => {
    const { request, told, closings } = setUp();
    request.answered();
    await Promise.all([request.close("complete"), request.close("failed"), request.close("abandoned")]);
    expect(closings).toMatchObject([{ ending: "complete", request: { status: 200, client_request_id: "mine" } }]);
    expect(told).toEqual(["finished: 7 tokens"]);
    expect(lines).toMatchObject([
      { level: "info", event: "request", ending: "complete", status: 200, model: "model", amount_nanos: 7 },
    ]);
  });

  it("whose answer breaks off is told to health, and its fault to the log and the charge", async () => {
    const { request, told, closings } = setUp();
    request.answered();
    const fault = new Fault("upstream_error", { reason: "the connection broke" });
    await request.close("failed", new AttemptFailure(fault, "garbage"));
    expect(told).toEqual(["broke off: garbage", "finished: 7 tokens"]);
    expect(closings).toMatchObject([{ ending: "failed", request: { fault: "upstream_error" } }]);
    expect(lines).toMatchObject([{ ending: "failed", fault: "upstream_error", reason: "the connection broke" }]);
  });

  it("whose client leaves says nothing against the upstream", async () => {
    const { request, told } = setUp();
    request.answered();
    await request.close("abandoned", new AttemptFailure(new Fault("client_closed"), "abandoned"));
    expect(told).toEqual(["finished: 7 tokens"]);
    expect(lines).toMatchObject([{ ending: "abandoned", fault: "client_closed" }]);
  });

  it("that is not answered leaves its line to the error that the client gets", async () => {
    const { request, closings } = setUp();
    const fault = request.refuse(new Fault("no_route", { reason: "private", headers: { allow: "x" } }));
    expect(fault.options.headers).toEqual({ allow: "x", "x-gateway-attempts": "0", "x-gateway-reason": "no_route" });
    await request.close("failed");
    expect(closings).toMatchObject([{ ending: "failed", request: { fault: "no_route" } }]);
    expect(closings[0]?.request).not.toHaveProperty("status");
    expect(lines).toEqual([]);
  });
});
