import { describe, expect, it } from "vitest";
import { send } from "../../src/upstream/send.ts";

const SHIPMENT = {
  url: "https://vendor.test/v1/chat/completions",
  headers: { authorization: "Bearer credential" },
  body: "{}",
  accept: "application/json",
  signal: AbortSignal.timeout(60_000),
  secrets: [],
} as const;

/** What `fetch` is given. */
async function sent(): Promise<RequestInit> {
  let seen: RequestInit = {};
  await send(async (_, init) => {
    seen = init;
    return new Response("{}");
  }, SHIPMENT);
  return seen;
}

describe("send", () => {
  it("follows no redirect, for it would carry the credential elsewhere", async () => {
    expect((await sent()).redirect).toBe("manual");
    const redirect = async () => new Response(null, { status: 302, headers: { location: "https://elsewhere.test" } });
    await expect(send(redirect, SHIPMENT)).rejects.toMatchObject({ status: 302, outcome: "error" });
  });

  it("asks for an uncompressed answer", async () => {
    expect(new Headers((await sent()).headers).get("accept-encoding")).toBe("identity");
  });
});
