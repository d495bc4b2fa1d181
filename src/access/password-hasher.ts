/**
 * The Durable Object that hashes passwords. A hash takes up to 200 ms of CPU, and the isolate of the Worker pumps streams
 * meanwhile; an object has a thread and a CPU limit of its own. Each call goes to a new object with a random id.
 */
import { DurableObject } from "cloudflare:workers";
import { fromBase64, toBase64Url } from "../core/base64.ts";

/** OWASP's equal of N = 2^17, p = 1, which needs 128 MB. @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST: Cost = { N: 2 ** 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM = "scrypt";

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export class PasswordHasher extends DurableObject {
  /** @returns `scrypt$N$r$p$salt$hash`, salt and hash in base64url */
  async hash(password: string): Promise<string> {
    const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
    const hash = await derive(password, salt, COST);
    return [FORM, COST.N, COST.r, COST.p, toBase64Url(salt), toBase64Url(hash)].join("$");
  }

  /** @param stored what {@link hash} returned, also with parameters of another time */
  async verify(stored: string, password: string): Promise<boolean> {
    const [form, N, r, p, salt = "", hash = ""] = stored.split("$");
    if (form !== FORM) return false;
    const expected = fromBase64(hash);
    const found = await derive(password, fromBase64(salt), { N: Number(N), r: Number(r), p: Number(p) });
    return found.length === expected.length && crypto.subtle.timingSafeEqual(found, expected);
  }
}

/** @throws Error for parameters that scrypt does not know */
async function derive(password: string, salt: Uint8Array, cost: Cost): Promise<Uint8Array> {
  // Imported here, because most isolates never hash a password.
  const { scrypt } = await import("node:crypto");
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, cost, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}
