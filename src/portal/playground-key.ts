/**
 * The key with which the playground asks for an account. Its secret follows from `SESSION_SECRET` and the account, so it is
 * stored nowhere and never reaches a browser. It is an ordinary key in every other way: charged, limited, and listed.
 */
import { apiKeys } from "../../schema/index.ts";
import { keyFrom, keyRecord } from "../core/api-key.ts";
import { hmacSha256 } from "../core/hmac.ts";
import type { Services } from "../services.ts";

const PREFIX = "playground-";
const NAME = "Playground";

export function isPlaygroundKey(keyId: string): boolean {
  return keyId.startsWith(PREFIX);
}

/** Makes the key's row where it is missing, or where `SESSION_SECRET` has changed. */
export async function playgroundKey({ db, now }: Services, secret: string, accountId: string): Promise<string> {
  const key = keyFrom(await hmacSha256(secret, `playground key ${accountId}`));
  const record = await keyRecord(key);
  await db
    .insert(apiKeys)
    .values({ ...record, id: PREFIX + accountId, accountId, name: NAME, createdAt: now() })
    .onConflictDoUpdate({ target: apiKeys.id, set: record });
  return key;
}
