/**
 * The key with which the playground asks for an account. Its secret follows from `SESSION_SECRET` and the account, so it is
 * stored nowhere and never reaches a browser. It is an ordinary key in every other way: charged, limited, and listed.
 */
import { apiKeys } from "../../schema/index.ts";
import { keyFrom, keyRecord } from "../core/api-key.ts";
import type { Services } from "../services.ts";

const PREFIX = "playground-";
const NAME = "Playground";

export function isPlaygroundKey(keyId: string): boolean {
  return keyId.startsWith(PREFIX);
}

/** Makes the key's row where it is missing, or where `SESSION_SECRET` has changed. */
export async function playgroundKey({ db, now }: Services, secret: string, accountId: string): Promise<string> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("raw", encode(secret), algorithm, false, ["sign"]);
  const key = keyFrom(new Uint8Array(await crypto.subtle.sign("HMAC", signing, encode(`playground key ${accountId}`))));
  const record = await keyRecord(key);
  await db
    .insert(apiKeys)
    .values({ ...record, id: PREFIX + accountId, accountId, name: NAME, createdAt: now() })
    .onConflictDoUpdate({ target: apiKeys.id, set: record });
  return key;
}
