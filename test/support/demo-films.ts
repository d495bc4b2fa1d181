/** A film of the demo account that is there already: its row, made by a request that the demo account has. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { tasks } from "../../schema/index.ts";
import { DEMO_ACCOUNT, DEMO_KEY, DEMO_UPSTREAM } from "../../schema/seed.ts";
import { Sealer } from "../../src/core/seal.ts";

export const DEMO_FILM = "video_demo";

interface FilmSeed {
  readonly chargeId: string;
  readonly credentialsKey: string;
  readonly nowMs: number;
  readonly more?: Partial<typeof tasks.$inferInsert>;
}

export async function addFilm(
  db: DrizzleD1Database,
  { chargeId, credentialsKey, nowMs, more }: FilmSeed,
): Promise<void> {
  const id = more?.id ?? DEMO_FILM;
  const content = {
    shown: { prompt: "a red panda", size: "1280x720" },
    link: `link-of-${id}`,
    origin: "https://llm.example.com",
    results: [{ variant: "video", address: "/videos/up-1/content" }],
  };
  const seconds = { durationMs: 8000, actions: 1 };
  await db.insert(tasks).values({
    id,
    accountId: DEMO_ACCOUNT,
    keyId: DEMO_KEY,
    chargeId,
    chargeNonce: "nonce",
    operation: "video",
    form: "openai.videos",
    model: "sora-2",
    routeId: "demo-sora-2",
    upstreamId: DEMO_UPSTREAM,
    credentialId: "demo-credential",
    upstreamTask: "up-1",
    state: "succeeded",
    progress: 100,
    createdAt: nowMs - 90_000,
    finishedAt: nowMs,
    limitAt: nowMs + 60_000,
    askedAt: nowMs,
    dueAt: nowMs,
    expiresAt: nowMs + 86_400_000,
    closedAt: nowMs,
    terms: JSON.stringify({ units: seconds, attributes: {}, price: {}, ratioPpm: 1_000_000, record: {} }),
    sealed: await new Sealer(credentialsKey).seal(JSON.stringify(content), { id, origin: "task" }),
    ...more,
  });
}
