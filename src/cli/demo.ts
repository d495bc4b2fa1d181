/** Writes the demo data with what only the gateway's code can compute: the hash of a key, a sealed credential. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { DEMO_UPSTREAM, writeDemo } from "../../schema/seed.ts";
import { keyRecord } from "../core/api-key.ts";
import { Sealer } from "../core/seal.ts";
import { purposeOf } from "../upstream/base-url.ts";

interface DemoOptions {
  /** In the clear; only its hash is stored. */
  readonly apiKey: string;
  /** The Worker's `CREDENTIALS_KEY`. */
  readonly credentialsKey: string;
  /** The base URL of a local mock LLM server, with its version path. */
  readonly baseUrl: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export async function seedDemo(db: DrizzleD1Database, { apiKey, credentialsKey, ...rest }: DemoOptions): Promise<void> {
  const purpose = purposeOf({ id: DEMO_UPSTREAM, baseUrl: rest.baseUrl });
  const sealedCredential = await new Sealer(credentialsKey).seal("local-mock-needs-no-key", purpose);
  await writeDemo(db, { key: await keyRecord(apiKey), sealedCredential, ...rest });
}
