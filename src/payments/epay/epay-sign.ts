/**
 * Signatures of Epay (易支付): version 1 with a shared key and MD5, version 2 with RSA. Both sign the same text.
 *
 * @see https://github.com/zxh1220/epay `includes/lib/ApiHelper.php`, `includes/functions.php`
 */
import { toHex } from "../../core/id.ts";
import { fromBase64 } from "../../core/base64.ts";
import type { EpayKeys } from "../options.ts";
import { ProviderError } from "../payment-provider.ts";

export type Parameters = Readonly<Record<string, string>>;

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const encoder = new TextEncoder();

/** `a=1&b=2`: what is not empty, by name, with the values as they are. */
export function textToSign(parameters: Parameters): string {
  return Object.entries(parameters)
    .filter(([name, value]) => value !== "" && name !== "sign" && name !== "sign_type")
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** The parameters with `sign` and `sign_type`. */
export async function signed(parameters: Parameters, keys: EpayKeys): Promise<Parameters> {
  const text = textToSign(parameters);
  const sign = keys.type === "MD5" ? await md5(text + keys.key) : await rsaSign(text, keys.privateKey);
  return { ...parameters, sign, sign_type: keys.type };
}

/** Whether the platform signed the parameters, in the way that is set up here: the sender does not choose. */
export async function isSigned(parameters: Parameters, keys: EpayKeys): Promise<boolean> {
  const { sign = "", sign_type: type = keys.type } = parameters;
  if (type !== keys.type || sign === "") return false;
  const text = textToSign(parameters);
  if (keys.type === "RSA") return rsaVerify(text, sign, keys.platformKey);
  const [given, right] = [encoder.encode(sign.toLowerCase()), encoder.encode(await md5(text + keys.key))];
  return given.length === right.length && crypto.subtle.timingSafeEqual(given, right);
}

async function md5(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("MD5", encoder.encode(text))));
}

/** @throws ProviderError when the key is none */
async function rsaSign(text: string, privateKey: string): Promise<string> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("pkcs8", fromBase64(privateKey), RSA, false, ["sign"]);
  } catch {
    throw new ProviderError("EPAY_PRIVATE_KEY is no key");
  }
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign(RSA, key, encoder.encode(text)))));
}

async function rsaVerify(text: string, sign: string, platformKey: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("spki", fromBase64(platformKey), RSA, false, ["verify"]);
    return await crypto.subtle.verify(RSA, key, fromBase64(sign), encoder.encode(text));
  } catch {
    // No base64, or no key.
    return false;
  }
}
