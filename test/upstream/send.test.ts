import { describe, expect, it } from "vitest";
import { jsonPayload } from "../../src/core/payload.ts";
import { readAnswer, send } from "../../src/upstream/send.ts";
import type { Shipment } from "../../src/upstream/types.ts";

const SHIPMENT = {
  url: "https://vendor.test/v1/chat/completions",
  headers: { authorization: "Bearer credential" },
  method: "POST",
  payload: jsonPayload({}),
  accept: "application/json",
  signal: AbortSignal.timeout(60_000),
  secrets: [],
} satisfies Shipment;

/** The arguments that `fetch` gets. */
async function sent(shipment: Partial<Shipment> = {}): Promise<RequestInit> {
  let seen: RequestInit = {};
  await send(
    async (_, init) => {
      seen = init;
      return new Response("{}");
    },
    { ...SHIPMENT, ...shipment },
  );
  return seen;
}

describe("send", () => {
  it("follows no redirect, because it would carry the credential to another host", async () => {
    expect((await sent()).redirect).toBe("manual");
    const redirect = async () => new Response(null, { status: 302, headers: { location: "https://elsewhere.test" } });
    await expect(send(redirect, SHIPMENT)).rejects.toMatchObject({ status: 302, outcome: "error" });
  });

  it("asks for an uncompressed answer", async () => {
    expect(new Headers((await sent()).headers).get("accept-encoding")).toBe("identity");
  });

  it("sends each kind of payload with its type, by its method", async () => {
    const json = await sent({ payload: jsonPayload({ n: 1 }, '{"n": 1.0}') });
    expect([json.method, json.body]).toEqual(["POST", '{"n": 1.0}']);
    expect(new Headers(json.headers).get("content-type")).toBe("application/json");

    const bytes = new Uint8Array([1, 2]);
    const binary = await sent({ payload: { kind: "bytes", type: "audio/mpeg", body: bytes } });
    expect(binary.body).toBe(bytes);
    expect(new Headers(binary.headers).get("content-type")).toBe("audio/mpeg");

    const get = await sent({ method: "GET", payload: { kind: "none" } });
    expect([get.method, get.body]).toEqual(["GET", undefined]);
  });
});

describe("readAnswer", () => {
  const read = async (body: string | null, type: string) =>
    readAnswer(new Response(body, { headers: { "content-type": type } }), AbortSignal.timeout(60_000));

  it("reads JSON whatever its type says, and keeps its text", async () => {
    const text = '{"n": 9223372036854775807}';
    for (const type of ["application/json", "text/plain", "text/html"])
      expect(await read(text, type)).toMatchObject({ kind: "json", text });
  });

  it("returns other text as bytes, media as a stream, and nothing for an empty body", async () => {
    const text = await read("1\n00:00 --> 00:01\nHi", "application/x-subrip");
    expect(text).toMatchObject({ kind: "bytes", type: "application/x-subrip" });
    const media = await read('{"looks":"like JSON"}', "audio/mpeg");
    expect(media.kind === "bytes" && media.body instanceof ReadableStream).toBe(true);
    expect(await read("", "application/json")).toEqual({ kind: "none" });
    expect(await read("[1]", "application/json")).toMatchObject({ kind: "bytes" });
  });
});
