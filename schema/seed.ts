/** The demo data of `npm run dev` and of the tests that run against the whole gateway. Safe to run again. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { accounts, apiKeys, entries, models, prices, routes, upstreamCredentials, upstreams } from "./index.ts";

export interface DemoOptions {
  /** The stored parts of the demo account's key. */
  readonly key: { readonly hash: string; readonly prefix: string };
  /** The credential of {@link DEMO_UPSTREAM}, sealed. */
  readonly sealedCredential: string;
  /** The base URL of a local mock LLM server, with its version path. */
  readonly baseUrl: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export const DEMO_ACCOUNT = "demo-account";
export const DEMO_KEY = "demo-key";
export const DEMO_UPSTREAM = "demo-upstream";
/** 100 in the site's currency, in nanos. */
const BALANCE = 100_000_000_000;

/** Prices are nanos for 1,000 tokens. */
export const DEMO_MODELS = [
  {
    id: "deepseek-v4-flash",
    ownedBy: "deepseek",
    capabilities: ["tools", "image"],
    autoWeight: 100,
    inputNanos: 140_000,
    outputNanos: 280_000,
  },
  {
    id: "deepseek-reasoner",
    ownedBy: "deepseek",
    capabilities: ["tools"],
    autoWeight: 0,
    inputNanos: 280_000,
    outputNanos: 420_000,
  },
  {
    id: "gpt-4o",
    ownedBy: "openai",
    capabilities: ["tools", "image", "audio", "file"],
    autoWeight: 0,
    inputNanos: 2_500_000,
    outputNanos: 10_000_000,
  },
  {
    id: "gpt-4o-mini",
    ownedBy: "openai",
    capabilities: ["tools", "image"],
    autoWeight: 0,
    inputNanos: 150_000,
    outputNanos: 600_000,
  },
  {
    id: "qwen/qwen3-max",
    ownedBy: "qwen",
    capabilities: ["tools"],
    autoWeight: 0,
    inputNanos: 860_000,
    outputNanos: 3_440_000,
  },
] as const;

interface OtherModel {
  readonly id: string;
  readonly operation: string;
  readonly ownedBy: string;
  readonly wire: string;
  readonly capabilities?: readonly string[];
  /** Tokens. */
  readonly contextLength?: number;
  readonly maxOutput?: number;
  /** As they are stored. */
  readonly rates: readonly { readonly unit: string; readonly nanos: number; readonly when?: object }[];
}

/** Of operations besides chat. */
const DEMO_OTHERS: readonly OtherModel[] = [
  {
    id: "gpt-image-1",
    operation: "image",
    ownedBy: "openai",
    wire: "openai.images",
    capabilities: ["image"],
    rates: [
      { unit: "input", nanos: 0 },
      { unit: "output", nanos: 0 },
      { unit: "images", nanos: 300_000_000 },
    ],
  },
  {
    id: "gpt-4o-mini-tts",
    operation: "speech",
    ownedBy: "openai",
    wire: "openai.speech",
    rates: [
      { unit: "input", nanos: 0 },
      { unit: "output", nanos: 0 },
      { unit: "characters", nanos: 100_000_000 },
    ],
  },
  {
    id: "gpt-4o-mini-transcribe",
    operation: "transcribe",
    ownedBy: "openai",
    wire: "openai.transcriptions",
    rates: [
      { unit: "input", nanos: 0 },
      { unit: "output", nanos: 0 },
      { unit: "durationMs", nanos: 350_000 },
    ],
  },
  {
    id: "gpt-realtime",
    operation: "realtime",
    ownedBy: "openai",
    wire: "openai.realtime",
    contextLength: 32_000,
    maxOutput: 4096,
    rates: [
      { unit: "input", nanos: 4_000_000 },
      { unit: "cachedRead", nanos: 400_000 },
      { unit: "inputAudio", nanos: 32_000_000 },
      { unit: "output", nanos: 16_000_000 },
      { unit: "outputAudio", nanos: 64_000_000 },
    ],
  },
  {
    id: "sora-2",
    operation: "video",
    ownedBy: "openai",
    wire: "openai.videos",
    capabilities: ["image"],
    rates: [
      { unit: "input", nanos: 0 },
      { unit: "output", nanos: 0 },
      { unit: "durationMs", nanos: 700_000_000 },
      { unit: "durationMs", nanos: 1_500_000_000, when: { resolution: "1080p" } },
    ],
  },
  {
    id: "text-embedding-3-small",
    operation: "embed",
    ownedBy: "openai",
    wire: "openai.embeddings",
    rates: [
      { unit: "input", nanos: 140_000 },
      { unit: "output", nanos: 0 },
    ],
  },
  {
    id: "jina-reranker-v3",
    operation: "rerank",
    ownedBy: "jina",
    wire: "jina.rerank",
    rates: [
      { unit: "input", nanos: 140_000 },
      { unit: "output", nanos: 0 },
    ],
  },
  {
    id: "omni-moderation-latest",
    operation: "moderate",
    ownedBy: "openai",
    wire: "openai.moderations",
    rates: [
      { unit: "input", nanos: 0 },
      { unit: "output", nanos: 0 },
    ],
  },
];

export async function writeDemo(db: DrizzleD1Database, options: DemoOptions): Promise<void> {
  const { key, sealedCredential: sealed, baseUrl, nowMs: createdAt } = options;
  await db.batch([
    db.insert(accounts).values({ id: DEMO_ACCOUNT, name: "Demo", createdAt }).onConflictDoNothing(),
    db
      .insert(entries)
      .values({ accountId: DEMO_ACCOUNT, id: "demo-top-up", kind: "top_up", amountNanos: BALANCE, createdAt })
      .onConflictDoNothing(),
    db
      .insert(apiKeys)
      .values({ id: DEMO_KEY, accountId: DEMO_ACCOUNT, name: "Demo key", managesAccount: true, ...key, createdAt })
      .onConflictDoUpdate({ target: apiKeys.id, set: key }),
    db
      .insert(upstreams)
      .values({ id: DEMO_UPSTREAM, name: "Local mock", kind: "bearer", baseUrl, createdAt })
      .onConflictDoUpdate({ target: upstreams.id, set: { baseUrl } }),
    db
      .insert(upstreamCredentials)
      .values({ id: "demo-credential", upstreamId: DEMO_UPSTREAM, sealed, createdAt })
      .onConflictDoUpdate({ target: upstreamCredentials.id, set: { sealed } }),
    db
      .insert(models)
      .values(
        DEMO_MODELS.map(({ id, ownedBy, capabilities, autoWeight }) => ({
          id,
          operation: "chat",
          capabilities: JSON.stringify(capabilities),
          contextLength: 128_000,
          maxOutput: 16_384,
          autoWeight,
          ownedBy,
          createdAt,
        })),
      )
      .onConflictDoNothing(),
    // D1 takes a hundred values in a statement, so each row has its own.
    ...DEMO_OTHERS.map(({ id, operation, ownedBy, capabilities = [], contextLength = null, maxOutput = null }) =>
      db
        .insert(models)
        .values({
          id,
          operation,
          ownedBy,
          contextLength,
          maxOutput,
          capabilities: JSON.stringify(capabilities),
          autoWeight: 1,
          createdAt,
        })
        .onConflictDoNothing(),
    ),
    ...[...DEMO_MODELS.map(({ id }) => ({ id, wire: "openai.chat" })), ...DEMO_OTHERS].map(({ id, wire }) =>
      db
        .insert(routes)
        .values({ id: `demo-${id}`, modelId: id, upstreamId: DEMO_UPSTREAM, upstreamModel: id, wire, createdAt })
        .onConflictDoNothing(),
    ),
    db
      .insert(prices)
      .values(
        [
          ...DEMO_MODELS.map(({ id, inputNanos, outputNanos }) => ({
            id,
            rates: [
              { unit: "input", nanos: inputNanos },
              { unit: "output", nanos: outputNanos },
            ],
          })),
          ...DEMO_OTHERS,
        ].map(({ id, rates }) => ({ modelId: id, effectiveAt: 0, rates: JSON.stringify(rates) })),
      )
      .onConflictDoNothing(),
  ]);
}
