/** Signs JSON Web Tokens with HMAC-SHA-256. @see https://www.rfc-editor.org/rfc/rfc7519 */
import { toBase64Url } from "../core/base64.ts";
import { hmacSha256 } from "../core/hmac.ts";
import type { JsonObject } from "../core/json.ts";

const HEADER = { alg: "HS256", typ: "JWT" } as const;

export async function signJwt(claims: JsonObject, secret: string): Promise<string> {
  const signed = `${encoded(HEADER)}.${encoded(claims)}`;
  return `${signed}.${toBase64Url(await hmacSha256(secret, signed))}`;
}

function encoded(value: JsonObject): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
}
