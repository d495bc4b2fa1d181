/** Rows for tests, as an operator would make them. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import {
  accounts,
  apiKeys,
  entries,
  models,
  prices,
  routes,
  upstreamCredentials,
  upstreams,
} from "../../schema/index.ts";
import { drawKey, keyRecord } from "../../src/core/api-key.ts";
import { Sealer } from "../../src/core/seal.ts";
import { purposeOf } from "../../src/upstream/base-url.ts";

export const CREDENTIALS_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/** A new account with one key, which is returned in the clear. */
export async function addKey(
  db: DrizzleD1Database,
  {
    account = {},
    key = {},
    balanceNanos = 1_000_000_000_000,
  }: {
    account?: Partial<typeof accounts.$inferInsert>;
    key?: Partial<typeof apiKeys.$inferInsert>;
    balanceNanos?: number;
  } = {},
): Promise<string> {
  const secret = drawKey();
  const accountId = account.id ?? crypto.randomUUID();
  await db.insert(accounts).values({ id: accountId, name: "Test", createdAt: 0, ...account });
  if (balanceNanos > 0) {
    const entry = { accountId, id: "first", kind: "top_up", amountNanos: balanceNanos, createdAt: 0 } as const;
    await db.insert(entries).values(entry);
  }
  await db
    .insert(apiKeys)
    .values({ id: crypto.randomUUID(), accountId, name: "test", createdAt: 0, ...(await keyRecord(secret)), ...key });
  return secret;
}

export interface UpstreamSeed {
  id: string;
  baseUrl: string;
  name?: string;
  kind?: string;
  /** In the clear. */
  credentials?: readonly string[];
}

export async function addUpstream(
  db: DrizzleD1Database,
  { id, baseUrl, name = `Vendor ${id}`, kind = "bearer", credentials = [`credential-of-${id}`] }: UpstreamSeed,
): Promise<void> {
  await db.insert(upstreams).values({ id, name, kind, baseUrl, createdAt: 0 });
  for (const [position, credential] of credentials.entries()) {
    const sealed = await new Sealer(CREDENTIALS_KEY).seal(credential, purposeOf({ id, baseUrl }));
    await db
      .insert(upstreamCredentials)
      .values({ id: `${id}-credential-${position}`, upstreamId: id, sealed, createdAt: 0 });
  }
}

export interface ModelSeed extends Partial<typeof models.$inferInsert> {
  id: string;
  /** Each on an upstream that {@link addUpstream} made. */
  routes: readonly (Partial<typeof routes.$inferInsert> & { upstreamId: string })[];
  /** Rates besides those of `price`, as they are stored. */
  rates?: readonly object[];
  /** Nanos of the rates without `when`. Defaults: 1,000,000 for input, 2,000,000 for output. */
  price?: { inputNanos?: number; outputNanos?: number; costInputNanos?: number; costOutputNanos?: number };
}

export async function addModel(
  db: DrizzleD1Database,
  { routes: ways, price, rates: more = [], ...model }: ModelSeed,
): Promise<void> {
  await db.insert(models).values({ operation: "chat", createdAt: 1_700_000_000_000, ...model });
  const { inputNanos = 1_000_000, outputNanos = 2_000_000, costInputNanos, costOutputNanos } = price ?? {};
  const rates = [
    { unit: "input", nanos: inputNanos, costNanos: costInputNanos },
    { unit: "output", nanos: outputNanos, costNanos: costOutputNanos },
    ...more,
  ];
  await db.insert(prices).values({ modelId: model.id, effectiveAt: 0, rates: JSON.stringify(rates) });
  for (const [position, way] of ways.entries()) {
    await db.insert(routes).values({
      id: `${model.id}#${position}`,
      modelId: model.id,
      upstreamModel: `upstream-${model.id}`,
      wire: "openai.chat",
      createdAt: 0,
      ...way,
    });
  }
}
