/** `POST /admin/api/routes/{id}/test`: a real request over one route, whose result the operator sees. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { charges, routes } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";

const ADMIN_TOKEN = "a-token-of-the-operator-in-tests";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway({ secrets: { ADMIN_TOKEN } }), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl, credentials: ["secret-0", "secret-1"] });
  await addUpstream(gateway.db, { id: "bare", baseUrl: upstream.baseUrl, credentials: [] });
  await addUpstream(gateway.db, { id: "unsafe", baseUrl: "ftp://127.0.0.1/v1" });
  const price = { costInputNanos: 1_000_000, costOutputNanos: 3_000_000 };
  await addModel(gateway.db, {
    id: "org/m",
    price,
    routes: [
      { upstreamId: "one", upstreamModel: "chat" },
      { id: "a/b/test", upstreamId: "one", upstreamModel: "text", wire: "openai.completions", disabled: true },
      { id: "bare", upstreamId: "bare" },
      { id: "unsafe", upstreamId: "unsafe" },
      { id: "morse", upstreamId: "one", wire: "morse" },
      { id: "capped", upstreamId: "one", upstreamModel: "chat", outputCapField: "max_completion_tokens" },
    ],
  });
});

beforeEach(() => void upstream.received.splice(0));
afterAll(async () => void (await Promise.all([gateway.close(), upstream.close()])));

async function test(route: string, search = ""): Promise<Record<string, unknown>> {
  const answer = await fetch(`${gateway.url}/admin/api/routes/${encodeURIComponent(route)}/test${search}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return { http: answer.status, ...((await answer.json()) as object) };
}

describe("a test call", () => {
  it("says that the route works, what it took, and is charged to nobody", async () => {
    upstream.script("chat", (exchange) => exchange.json(completion("OK")));
    expect(await test("org/m#0")).toEqual({
      http: 200,
      ok: true,
      outcome: "answered",
      credential_id: "one-credential-0",
      status: 200,
      ms: expect.any(Number),
      tokens: { input: 5, output: 7 },
      error: null,
    });
    const [sent] = upstream.received;
    expect(sent?.path).toBe("/v1/chat/completions");
    expect(sent?.headers.authorization).toBe("Bearer secret-0");
    expect(sent?.body).toMatchObject({ model: "chat", stream: false, max_tokens: 16, messages: [{ role: "user" }] });
    expect(await gateway.db.select().from(charges)).toEqual([]);
    expect(gateway.logged("probe").at(-1)).toEqual({
      level: "info",
      event: "probe",
      route: "org/m#0",
      outcome: "answered",
      ms: expect.any(Number),
      tokens: { input: 5, output: 7 },
      cost_nanos: 5 * 1000 + 7 * 3000,
    });
  });

  it("speaks the route's wire, enabled or not, whatever its id looks like, with the credential that was named", async () => {
    upstream.script("text", (exchange) =>
      exchange.json({
        id: "x",
        object: "text_completion",
        choices: [{ index: 0, text: " three", finish_reason: "length" }],
      }),
    );
    expect(await test("a/b/test", "?credential=one-credential-1")).toMatchObject({
      ok: true,
      credential_id: "one-credential-1",
      tokens: null,
    });
    expect(upstream.received[0]?.path).toBe("/v1/completions");
    expect(upstream.received[0]?.headers.authorization).toBe("Bearer secret-1");
    expect(upstream.received[0]?.body).toHaveProperty("prompt");
    upstream.script("chat", (exchange) => exchange.json(completion("OK")));
    expect(await test("capped")).toMatchObject({ ok: true });
    expect(upstream.received.at(-1)?.body).toMatchObject({ max_completion_tokens: 16 });
  });

  it("shows the upstream's message, without its secrets", async () => {
    upstream.script("chat", (exchange) =>
      exchange.json({ error: { message: "Incorrect API key secret-0 for Vendor one", code: "invalid_api_key" } }, 401),
    );
    expect(await test("org/m#0")).toMatchObject({
      http: 200,
      ok: false,
      outcome: "credential_refused",
      status: 401,
      tokens: null,
      error: "upstream status 401, code invalid_api_key, type none: Incorrect API key [key] for [upstream]",
    });
    upstream.script("chat", (exchange) => exchange.json({ error: { message: "The engine has stopped." } }, 500));
    expect(await test("org/m#0")).toMatchObject({
      ok: false,
      status: 500,
      error: expect.stringContaining("engine has"),
    });
    upstream.script("chat", (exchange) => exchange.json({ choices: [] }));
    expect(await test("org/m#0")).toMatchObject({ ok: false, outcome: "garbage", error: expect.stringMatching(/./) });
    upstream.script("chat", (exchange) => exchange.reset());
    expect(await test("org/m#0")).toMatchObject({ ok: false, outcome: "unreachable", status: null });
  });

  it("says what is wrong with a route that cannot be called at all", async () => {
    expect(await test("bare")).toMatchObject({ http: 200, ok: false, error: expect.stringContaining("no credential") });
    expect(await test("unsafe")).toMatchObject({ ok: false, error: expect.stringMatching(/./) });
    expect(await test("morse")).toMatchObject({ ok: false, error: expect.stringContaining("morse") });
    expect(upstream.received).toEqual([]);
    expect(await test("no-such")).toMatchObject({ http: 404 });
    expect(await test("org/m#0", "?credential=bare-credential-0")).toMatchObject({ http: 404 });
    expect(await gateway.db.$count(routes)).toBe(6);
  });
});
