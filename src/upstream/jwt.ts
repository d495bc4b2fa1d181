/** Signs JSON Web Tokens with HMAC-SHA-256. @see https://www.rfc-editor.org/rfc/rfc7519 */
import { toBase64Url } from "../core/base64.ts";
import type { JsonObject } from "../core/json.ts";

const encoder = new TextEncoder();
const HEADER = { alg: "HS256", typ: "JWT" } as const;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

export async function signJwt(claims: JsonObject, secret: string): Promise<string> {
  const signed = `${encoded(HEADER)}.${encoded(claims)}`;
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, ["sign"]);
  const signature = await crypto.subtle.sign(HMAC.name, key, encoder.encode(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

function encoded(value: JsonObject): string {
  return toBase64Url(encoder.encode(JSON.stringify(value)));
}
