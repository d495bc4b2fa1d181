/** The tokens that calls of Kling carry. */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { NO_PAYLOAD } from "../../src/core/payload.ts";
import { AttemptFailure } from "../../src/upstream/failure.ts";
import { KINDS } from "../../src/upstream/index.ts";
import { signJwt } from "../../src/upstream/jwt.ts";

const CALL = {
  baseUrl: "https://a.example/v1",
  path: "/videos/text2video",
  method: "GET",
  payload: NO_PAYLOAD,
} as const;
const NOW = 1_790_000_000_000;

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

async function tokenFor(credential: string): Promise<string> {
  const { url, headers } = await KINDS.kling.prepare(CALL, credential);
  expect(url).toBe("https://a.example/v1/videos/text2video");
  return headers["authorization"]?.replace("Bearer ", "") ?? "";
}

const part = (token: string, at: number) =>
  JSON.parse(Buffer.from(token.split(".")[at] ?? "", "base64url").toString()) as Record<string, unknown>;

it("signs as the example of jwt.io", async () => {
  const claims = { sub: "1234567890", name: "John Doe", iat: 1_516_239_022 };
  expect(await signJwt(claims, "your-256-bit-secret")).toBe(
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
  );
});

it("makes a token of the access key, for half an hour, signed with the secret key", async () => {
  const token = await tokenFor("access:secret");
  expect(part(token, 0)).toEqual({ alg: "HS256", typ: "JWT" });
  expect(part(token, 1)).toEqual({ iss: "access", exp: NOW / 1000 + 1800, nbf: NOW / 1000 - 5 });
  const [head, claims, signature] = token.split(".");
  expect(signature).toBe(createHmac("sha256", "secret").update(`${head}.${claims}`).digest("base64url"));
});

it("uses a token again for some minutes, and no other credential's", async () => {
  const first = await tokenFor("access:one");
  vi.setSystemTime(NOW + 599_000);
  expect(await tokenFor("access:one")).toBe(first);
  expect(await tokenFor("access:two")).not.toBe(first);
  vi.setSystemTime(NOW + 600_000);
  expect(part(await tokenFor("access:one"), 1)["exp"]).toBe(NOW / 1000 + 600 + 1800);
  // A clock that was set back must not make a token that is not valid yet.
  vi.setSystemTime(NOW - 60_000);
  expect(part(await tokenFor("access:one"), 1)["nbf"]).toBe(NOW / 1000 - 65);
});

it.each(["sk-plain", ":secret", "access:", "a b:c"])("refuses the credential %j", async (credential) => {
  const failure = await tokenFor(credential).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AttemptFailure);
  expect(failure).toMatchObject({ outcome: "credential_refused" });
});
