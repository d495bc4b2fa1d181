import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectCommonHeaders, expectFault, MESSAGES, SURFACES } from "../call.ts";

const MAX_BODY_BYTES = 50_000;
const BODY = { model: "plain", stream: false, messages: MESSAGES };
const PLAIN = Buffer.from(JSON.stringify(BODY));

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  const vars = { MAX_BODY_BYTES: String(MAX_BODY_BYTES) };
  [gateway, upstream] = await Promise.all([startGateway({ vars }), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close()]);
});

/** The body of a request, filled to `bytes`. */
function filled(bytes: number): string {
  const empty = JSON.stringify({ ...BODY, padding: "" });
  return JSON.stringify({ ...BODY, padding: "x".repeat(bytes - empty.length) });
}

function chunked(body: string): ReadableStream<Uint8Array> {
  return new Blob([body]).stream();
}

describe.each(SURFACES)("bodies on %s", (mount) => {
  const path = mount + CHAT;

  async function expectRefused(
    body: unknown,
    headers: Record<string, string>,
    expected: Parameters<typeof expectFault>[2],
  ) {
    const before = upstream.received.length;
    const answer = await call(gateway, path, { body, headers });
    expectFault(answer, path, expected);
    expect(upstream.received.length, `reached the upstream: ${answer.story}`).toBe(before);
    return answer;
  }

  async function expectTaken(body: unknown, headers: Record<string, string>) {
    const before = upstream.received.length;
    const answer = await call(gateway, path, { body, headers });
    expect(answer.status, answer.story).toBe(200);
    expectCommonHeaders(answer);
    expect(upstream.received.length, answer.story).toBe(before + 1);
    expect(upstream.received.at(-1)?.body["messages"]).toEqual(MESSAGES);
  }

  const TOO_LARGE = { fault: "body_too_large", says: new RegExp(String(MAX_BODY_BYTES)) } as const;

  it("takes a body of exactly the limit", async () => expectTaken(filled(MAX_BODY_BYTES), {}));
  it("refuses one byte more", async () => void (await expectRefused(filled(MAX_BODY_BYTES + 1), {}, TOO_LARGE)));
  it("takes a body of the limit without a content-length", async () =>
    expectTaken(chunked(filled(MAX_BODY_BYTES)), {}));
  it("refuses one byte more without a content-length", async () =>
    void (await expectRefused(chunked(filled(MAX_BODY_BYTES + 1)), {}, TOO_LARGE)));

  it.each([
    ["gzip", gzipSync(PLAIN)],
    ["GZIP", gzipSync(PLAIN)],
    ["deflate", deflateSync(PLAIN)],
    ["identity", PLAIN],
  ])("takes a body in %s", async (encoding, body) => expectTaken(body, { "content-encoding": encoding }));

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ])("counts a body in %s after inflating it", async (encoding, compress) => {
    const headers = { "content-encoding": encoding };
    await expectTaken(compress(filled(MAX_BODY_BYTES)), headers);
    await expectRefused(compress(filled(MAX_BODY_BYTES + 1)), headers, TOO_LARGE);
    const bomb = compress(Buffer.alloc(256 * 1024 * 1024, " "));
    await expectRefused(bomb, headers, TOO_LARGE);
    await expectTaken(compress(PLAIN), headers);
  });

  it.each([
    ["cut off", gzipSync(randomBytes(2000)).subarray(0, 1000)],
    ["cut off before its checksum", gzipSync(PLAIN).subarray(0, -8)],
    ["with a wrong checksum", Buffer.concat([gzipSync(PLAIN).subarray(0, -8), Buffer.alloc(8, 1)])],
    ["that is plain JSON", PLAIN],
    ["that is noise", randomBytes(500)],
  ])(
    "refuses gzip %s",
    async (_title, body) => void (await expectRefused(body, { "content-encoding": "gzip" }, { fault: "bad_json" })),
  );

  it.each([
    ["br", brotliCompressSync(PLAIN)],
    ["zstd", zstdCompressSync(PLAIN)],
    ["gzip, gzip", gzipSync(gzipSync(PLAIN))],
    ["rot13", PLAIN],
  ])("refuses a body in %s and names the encodings that it accepts", async (encoding, body) => {
    const answer = await expectRefused(body, { "content-encoding": encoding }, { fault: "unsupported_media_type" });
    expect(answer.headers.get("accept-encoding"), answer.story).toBe("gzip, deflate");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonl"])(
    "refuses a body of type %s",
    async (type) => {
      await expectRefused(
        PLAIN,
        { "content-type": type },
        { fault: "unsupported_media_type", says: /application\/json/ },
      );
    },
  );

  it.each(["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json", undefined])(
    "takes a body of type %s",
    async (type) => {
      const answer = await call(gateway, path, { body: PLAIN, headers: { "content-type": type } });
      expect(answer.status, answer.story).toBe(200);
    },
  );

  it("reads a body that begins with a byte order mark", async () =>
    expectTaken(Buffer.concat([Buffer.from("\uFEFF"), PLAIN]), {}));
});
