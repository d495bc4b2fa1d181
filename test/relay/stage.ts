/** The pipeline on real D1 and objects, with a wallet and an upstream that answer as a test says. */
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { KnownFunds, type Standing } from "../../src/billing/known-funds.ts";
import { PriceStore } from "../../src/billing/price-store.ts";
import type { CloseOutcome, HoldOutcome, HoldRequest, Release, Settlement, Wallet } from "../../src/billing/wallet.ts";
import { uuidv7 } from "../../src/core/id.ts";
import { RequestLog } from "../../src/relay/request-log.ts";
import { RelayRequest } from "../../src/relay/relay-request.ts";
import { relay } from "../../src/relay/relay.ts";
import { CatalogueStore } from "../../src/routing/catalogue.ts";
import { Router } from "../../src/routing/router.ts";
import { Sealer } from "../../src/core/seal.ts";
import { CREDENTIALS_KEY } from "../support/seed.ts";
import { WIRES, type WireRegistry } from "../../src/wire/index.ts";
import type { ClientRequest } from "../../src/wire/types.ts";
import { TUNING } from "../support/isolate.ts";

export const db = drizzle(env.DB);
const now = () => Date.now();

/** All that was wanted. */
export const held = ({ estimateNanos }: HoldRequest): HoldOutcome => ({
  kind: "held",
  funding: "balance",
  day: "2026-01-01",
  nanos: estimateNanos,
});
const CLOSED: CloseOutcome = { kind: "closed", state: "settled", amountNanos: 0, writtenOffNanos: 0, replayed: false };
/** An account without limits. */
const RICH = {
  account: { unlimited: true },
  plan: null,
  key: { quotaTotalNanos: null, quotaDayNanos: null, quotaMonthNanos: null },
} as Standing;

export interface Stage {
  readonly asked: ClientRequest;
  readonly streams: boolean;
  readonly upstream: (call: { url: string; init: RequestInit }) => Response | Promise<Response>;
  readonly hold?: (request: HoldRequest) => Promise<HoldOutcome>;
  readonly checkpoint?: Wallet["checkpoint"];
  /** What the isolate knows, where several requests share it. */
  readonly funds?: KnownFunds;
  /** Nothing is known of the account's money. */
  readonly isUnknown?: boolean;
  readonly keyId?: string;
  readonly wires?: WireRegistry;
  /** At the first checkpoint, after some milliseconds; by default there is none. */
  readonly isStillAllowed?: () => Promise<boolean>;
}

export interface Played {
  readonly answer: Promise<Response>;
  /** In order: `hold`, `fetch`, `settle`, … */
  readonly steps: string[];
  readonly settlements: Settlement[];
  readonly releases: Release[];
}

export function play(stage: Stage): Played {
  const { asked, streams, upstream, hold, checkpoint, isUnknown = false, wires = WIRES, isStillAllowed } = stage;
  const steps: string[] = [];
  const settlements: Settlement[] = [];
  const releases: Release[] = [];
  const wallet: Wallet = {
    async hold(request) {
      steps.push("hold");
      return (await hold?.(request)) ?? held(request);
    },
    checkpoint: checkpoint ?? (async (_charge, _facts, holdNanos) => holdNanos),
    async settle(_charge, settlement) {
      steps.push("settle");
      settlements.push(settlement);
      return CLOSED;
    },
    async release(_charge, release) {
      steps.push("release");
      releases.push(release);
      return CLOSED;
    },
  };
  const funds = stage.funds ?? new KnownFunds({ now, timeZone: "UTC" });
  const deadlines = { firstEventMs: 5000, firstOutputMs: 5000, idleMs: 5000, answerMs: 5000, totalMs: 5000 };
  const services = {
    catalogue: new CatalogueStore(db, now),
    prices: new PriceStore(db, now),
    router: new Router({
      isolate: "test",
      tuning: TUNING,
      now,
      random: () => 0,
      connect: (upstreamId) => env.UPSTREAM_HEALTH.getByName(upstreamId),
      sleep: async () => undefined,
    }),
    charge: {
      wallet,
      funds,
      isStillAllowed: isStillAllowed ?? (async () => true),
      now,
      checkpointMs: isStillAllowed === undefined ? 60_000 : 50,
    },
    credentials: { open: async () => "key" },
    async fetch(url: string, init: RequestInit) {
      steps.push("fetch");
      return upstream({ url, init });
    },
    wires,
    answers: (keyId: string) => env.KEPT_ANSWERS.getByName(keyId),
    sealer: new Sealer(CREDENTIALS_KEY),
    proofs: { keep: async () => undefined, recall: async () => new Map() },
    finishingRoutes: new Set<string>(),
    now,
    settings: { ...deadlines, keepAliveMs: 5000, allowPrivateUpstreams: false },
  };
  const request = new RelayRequest({
    asked,
    streams,
    session: undefined,
    payer: {
      accountId: "account",
      keyId: stage.keyId ?? "key",
      ratioPpm: 1_000_000,
      ...(isUnknown ? {} : { standing: RICH }),
    },
    account: "account-alias",
    scope: { groupId: null, allowedModels: null, allowedIps: null, planTier: null },
    endpoint: "POST /v1/chat/completions",
    clientRequestId: undefined,
    errorBody: (fault) => ({ error: fault.kind }),
    headers: () => ({ "x-request-id": "req_test" }),
    gone: new AbortController().signal,
    defer: () => undefined,
    log: new RequestLog(uuidv7(), now),
  });
  return { answer: relay(services, request), steps, settlements, releases };
}
