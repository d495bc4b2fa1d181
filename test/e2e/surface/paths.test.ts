/** Mistyped paths, the two pages without a key, and preflight requests of browsers. */
import { readFile } from "node:fs/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectCommonHeaders, expectFault, logLine, MESSAGES, SURFACES } from "../call.ts";

const JOURNAL = new URL("../../../schema/migrations/meta/_journal.json", import.meta.url);

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  await addModel(gateway.db, { id: "broken", routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
  upstream.script("upstream-broken", (exchange) => exchange.json({}, 500));
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

describe("paths", () => {
  it.each([
    ["/chat/completions", "/v1"],
    ["/v1/v1/chat/completions", "/v1"],
    ["/v1/v1/v1/chat/completions", "/v1"],
    ["//v1//chat///completions", "/v1"],
    ["/v1/chat/completions/", "/v1"],
    ["/v1/chat/completions//", "/v1"],
    ["/completions", "/v1"],
    ["/xlei/chat/completions", "/xlei/v1"],
    ["/xlei/v1/v1/chat/completions", "/xlei/v1"],
    ["/xlei//v1/chat/completions/", "/xlei/v1"],
    ["//xlei/completions/", "/xlei/v1"],
  ])("%s is served by %s", async (path, mount) => {
    const input = path.includes("chat") ? { messages: MESSAGES } : { prompt: "Hello" };
    const answer = await call(gateway, path, { body: { stream: false, ...input } });
    expect(answer.status, answer.story).toBe(200);
    const endpoint = path.includes("chat") ? CHAT : "/completions";
    expect(await logLine(gateway, answer), answer.story).toMatchObject({ endpoint: `POST ${mount}${endpoint}` });
  });

  it.each(["/models", "/v1/v1/models", "/models/plain", "/xlei/models/", "/xlei/v1//models//plain/"])(
    "GET %s is served",
    async (path) => {
      const answer = await call(gateway, path);
      expect(answer.status, answer.story).toBe(200);
    },
  );

  it("keeps the query", async () => {
    const answer = await call(gateway, "/v1/models/?limit=5");
    expect(answer.status, answer.story).toBe(200);
  });

  it.each<[string, string, string | undefined]>([
    ["POST", "/v1/chat", "/v1/chat/completions"],
    ["POST", "/chat", "/v1/chat/completions"],
    ["POST", "/v1/chat/completion", "/v1/chat/completions"],
    ["POST", "/api/v1/chat/completions", "/v1/chat/completions"],
    ["POST", "/xlei/v1/chat", "/xlei/v1/chat/completions"],
    ["POST", "/xlei/v2/chat/completions", "/xlei/v1/chat/completions"],
    ["POST", "/v1/completion", "/v1/completions"],
    ["GET", "/v1/model", "/v1/models"],
    ["GET", "/v1/engines", undefined],
    ["GET", "/v1", undefined],
    ["GET", "/xlei", undefined],
    ["GET", "/favicon.ico", undefined],
    ["GET", "/v1/chat/completions/%E0%A4%A", "/v1/chat/completions"],
  ])("%s %s is not found, and the message suggests %s", async (method, path, likely) => {
    const answer = await call(gateway, path, {
      method,
      headers: { "accept-language": "en", authorization: undefined },
    });
    expectFault(answer, path, { fault: "route_not_found" });
    const message = String(answer.body["message"]);
    if (likely === undefined) expect(message, answer.story).not.toContain("Did you mean");
    else expect(message, answer.story).toMatch(new RegExp(`Did you mean ${likely}\\?$`));
  });

  it("answers for an unknown path in the caller's language", async () => {
    const xlei = await call(gateway, "/xlei/v1/nothing");
    expect(xlei.body["message"], xlei.story).toMatch(/路径不存在/);
    const plain = await call(gateway, "/v1/nothing");
    expect(plain.body["message"], plain.story).toMatch(/There is nothing/);
  });

  it("does not repeat a path of any length", async () => {
    const answer = await call(gateway, `/v1/${"x".repeat(5000)}`);
    expectFault(answer, "/v1", { fault: "route_not_found" });
    expect(answer.text.length, answer.story).toBeLessThan(1000);
  });
});

describe("pages without a key", () => {
  const headers = { authorization: undefined };

  it("/ describes the gateway", async () => {
    const answer = await call(gateway, "/", { headers });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.body, answer.story).toMatchObject({
      base_urls: expect.arrayContaining([`${gateway.url}/v1`, `${gateway.url}/xlei/v1`]),
    });
    expectCommonHeaders(answer);
  });

  it.each(["/", "/healthz"])("GET %s has its name in the log", async (path) => {
    const answer = await call(gateway, path, { headers });
    expect(await logLine(gateway, answer), answer.story).toMatchObject({ endpoint: `GET ${path}` });
  });

  it.each(["/", "/v1/models"])("HEAD %s has no body", async (path) => {
    const answer = await call(gateway, path, { method: "HEAD", headers });
    expect(answer.status, answer.story).toBe(200);
    expect(answer.text).toBe("");
  });

  it("/healthz names the migrations that are missing, then says that all is well, and of which version", async () => {
    await gateway.db.run(sql`DROP TABLE IF EXISTS d1_migrations`);
    const { entries } = JSON.parse(await readFile(JOURNAL, "utf8")) as { entries: { tag: string }[] };
    const names = entries.map(({ tag }) => `${tag}.sql`);
    const failing = await call(gateway, "/healthz", { headers });
    expect(failing.status, failing.story).toBe(503);
    expect(failing.body, failing.story).toMatchObject({
      status: "failing",
      database: { status: "ok" },
      migrations: { status: "failing", pending: names },
    });
    await gateway.db.run(sql`CREATE TABLE d1_migrations (name TEXT)`);
    for (const name of names) await gateway.db.run(sql`INSERT INTO d1_migrations (name) VALUES (${name})`);
    // The isolate remembers for some seconds what it saw.
    const answer = await vi.waitFor(async () => {
      const later = await call(gateway, "/healthz", { headers });
      expect(later.status, later.story).toBe(200);
      return later;
    }, 10_000);
    expect(answer.body, answer.story).toEqual({
      status: "ok",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      configuration: { status: "ok", problems: [] },
      database: { status: "ok" },
      migrations: { status: "ok", pending: [] },
    });
    expect(answer.headers.get("cache-control"), answer.story).toBe("no-store");
  });
});

describe("browsers", () => {
  it.each(["/v1/chat/completions", "/xlei/v1/completions", "/v1/models", "/v1/nothing", "/chat/completions/"])(
    "get an answer to a preflight request for %s without a key",
    async (path) => {
      const wanted = "authorization, content-type, x-stainless-lang, x-anything-else";
      const answer = await call(gateway, path, {
        method: "OPTIONS",
        headers: {
          authorization: undefined,
          origin: "https://app.example.com",
          "access-control-request-method": "POST",
          "access-control-request-headers": wanted,
        },
      });
      expect(answer.status, answer.story).toBe(204);
      expect(answer.headers.get("access-control-allow-origin"), answer.story).toBe("*");
      const allowed = (answer.headers.get("access-control-allow-headers") ?? "").split(/, */);
      expect(allowed, answer.story).toEqual(wanted.split(", "));
      expect(answer.headers.get("access-control-allow-methods"), answer.story).toMatch(/GET.*POST/);
      expect(Number(answer.headers.get("access-control-max-age")), answer.story).toBeGreaterThan(0);
    },
  );

  it.each(SURFACES)("can read answers and errors of %s", async (mount) => {
    const headers = { origin: "https://app.example.com" };
    const body = { stream: false, messages: MESSAGES };
    const answers = [
      await call(gateway, mount + CHAT, { headers, body }),
      await call(gateway, mount + CHAT, { headers, body: { model: "broken", messages: MESSAGES } }),
      await call(gateway, `${mount}/models`, { headers }),
      await call(gateway, `${mount}/nothing`, { headers }),
      await call(gateway, mount + CHAT, { headers: { ...headers, authorization: undefined }, body }),
      await call(gateway, mount + CHAT, { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 502, 200, 404, 401, 405]);
    for (const answer of answers) expectCommonHeaders(answer);
  });
});
