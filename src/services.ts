/** Builds the real collaborators from the environment. Tests pass others to `createApp`. */
import { eq } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { apiKeys } from "../schema/index.ts";
import type { AuditNote } from "./accounts/audit-note.ts";
import { Admissions } from "./access/admission.ts";
import { ClientSecrets } from "./access/client-secrets.ts";
import { KeyStore } from "./access/key-store.ts";
import { OperatorStore } from "./access/operator-store.ts";
import { createLimiters } from "./access/limits/index.ts";
import type { RateLimiter } from "./access/limits/types.ts";
import type { PasswordHasher } from "./access/password-hasher.ts";
import { D1Wallet } from "./billing/d1-wallet.ts";
import { KnownFunds } from "./billing/known-funds.ts";
import { OutboxWallet } from "./billing/outbox-wallet.ts";
import { Outboxes } from "./billing/outboxes.ts";
import { PriceStore } from "./billing/price-store.ts";
import { log } from "./core/log.ts";
import { Sealer } from "./core/seal.ts";
import type { UpstashOptions } from "./access/limits/upstash.ts";
import type { Env, Settings } from "./settings.ts";
import { canProbe, probeEnd, probeQuietly } from "./relay/probe.ts";
import { RefusalLog } from "./relay/refusal-log.ts";
import type { CallServices, CredentialVault, RelayServices } from "./relay/relay-services.ts";
import type { HealthObject } from "./health/description.ts";
import { StatusStore } from "./health/status-store.ts";
import { ProofStore } from "./state/proof-store.ts";
import { StateStore } from "./state/state-store.ts";
import { CatalogueStore, findCandidate } from "./routing/catalogue.ts";
import type { TaskServices } from "./tasks/task-services.ts";
import { KeepQueue } from "./tasks/keep-queue.ts";
import { TaskStore } from "./tasks/task-store.ts";
import { purposeOf } from "./upstream/base-url.ts";
import { WIRES } from "./wire/index.ts";
import { Router } from "./routing/router.ts";

export interface Services {
  readonly settings: Settings;
  readonly db: DrizzleD1Database;
  /** The same database, for statements of `billing`. */
  readonly d1: D1Database;
  readonly admissions: Admissions;
  readonly operators: OperatorStore;
  readonly clientSecrets: ClientSecrets;
  readonly relay: RelayServices;
  /** What makes tasks and looks after them. */
  readonly tasks: TaskServices;
  /** Seals the credentials of upstreams. */
  readonly sealer: Sealer;
  /** The health object of an upstream. Call it for each use, because a stub of one request may not serve another. */
  readonly health: (upstreamId: string) => HealthObject;
  /** What keeps settlements that D1 did not take. */
  readonly outboxes: Outboxes;
  readonly status: StatusStore;
  /** Responses and conversations that are kept for clients. */
  readonly state: StateStore;
  /** Joins the log lines of refusals. */
  readonly refusals: RefusalLog;
  /** Hashes passwords, away from the isolate that streams. */
  readonly passwords: () => Passwords;
  /** Counts what is sent in the portal's forms. */
  readonly limiter: RateLimiter;
  /** Serves the portal's static files, where Cloudflare has not done so before the Worker. */
  readonly assets: (request: Request) => Promise<Response>;
  /** Cloudflare's way to send mails; undefined = not bound. */
  readonly email: SendEmail | undefined;
  readonly now: () => number;
  /** The time zone in which days and months begin: `BILLING_TIMEZONE`. */
  readonly timeZone: string;
  /** Set for a request of an operator that may write. */
  readonly audit?: AuditNote;
}

/** An object that hashes; see `access/password-hasher.ts`. */
type Passwords = DurableObjectStub<PasswordHasher>;

const DAY_MS = 86_400_000;
/** The longest wait of a probe that a client's request has caused. */
const PROBE_MS = 10_000;

export function buildServices(env: Env, settings: Settings): Services {
  const db = drizzle(env.DB);
  const now = () => Date.now();
  const sealer = sealerOf(settings);
  const keys = new KeyStore(db, now);
  const health = (upstreamId: string) => env.UPSTREAM_HEALTH.getByName(upstreamId);
  const call = callServices(env, settings, { keys, sealer, now });
  const limiters = createLimiters({
    bindings: { addresses: env.IP_LIMITER, keys: env.KEY_WINDOWS },
    upstash: upstashOf(settings),
    now,
  });
  const relay: RelayServices = {
    ...call,
    answers: (keyId) => env.KEPT_ANSWERS.getByName(keyId),
    sealer,
    proofs: new ProofStore(db, sealer, now),
    router: new Router({
      isolate: crypto.randomUUID(),
      tuning: settings.ROUTING_TUNING,
      now,
      random: () => Math.random(),
      connect: health,
      sleep,
      probes: {
        canProbe: (route) => settings.PROBES && canProbe(call, route),
        probe: async (candidate, defer) =>
          probeEnd(await probeQuietly(call, candidate, { deadlineMs: PROBE_MS, defer })),
      },
      notice: ({ event, ...fields }) => log("warn", event, fields),
      failed: (upstream, error) => log("warn", "health_unreachable", { upstream, reason: String(error).slice(0, 200) }),
    }),
  };
  return {
    settings,
    db,
    d1: env.DB,
    now,
    timeZone: settings.BILLING_TIMEZONE,
    passwords: () => env.PASSWORD_HASHERS.get(env.PASSWORD_HASHERS.newUniqueId()),
    limiter: limiters.main,
    assets: async (request) => env.ASSETS?.fetch(request) ?? new Response(null, { status: 404 }),
    email: env.EMAIL,
    sealer,
    health,
    outboxes: outboxesOf(env),
    status: new StatusStore(db, now),
    state: new StateStore(
      env.DB,
      sealer,
      { days: settings.STATE_DAYS, accountBytes: settings.STATE_BYTES_PER_ACCOUNT },
      now,
    ),
    refusals: new RefusalLog(now, sleep),
    operators: new OperatorStore(db, settings.ADMIN_TOKEN),
    clientSecrets: new ClientSecrets(db, sealer, now),
    admissions: new Admissions({
      keys,
      limiters,
      limits: {
        ip: settings.IP_REQUESTS_PER_MINUTE,
        key: settings.KEY_REQUESTS_PER_MINUTE,
        account: settings.ACCOUNT_REQUESTS_PER_MINUTE,
      },
      now,
    }),
    relay,
    tasks: taskServices(env, settings, { db, sealer, relay }),
  };
}

function taskServices(
  env: Env,
  settings: Settings,
  { db, sealer, relay }: { readonly db: DrizzleD1Database; readonly sealer: Sealer; readonly relay: RelayServices },
): TaskServices {
  const store = new TaskStore(db, sealer, relay.now);
  const { RESULTS: bucket } = env;
  return {
    relay,
    store,
    candidate: async (routeId, credentialId) => findCandidate(db, routeId, credentialId),
    wake: async (upstreamId, atMs) => env.TASK_CLOCKS.getByName(upstreamId).wake(upstreamId, atMs),
    async keyHash(keyId) {
      const [key] = await db.select({ hash: apiKeys.hash }).from(apiKeys).where(eq(apiKeys.id, keyId));
      return key?.hash;
    },
    limits: {
      mostOpen: settings.MAX_OPEN_TASKS,
      longestMs: settings.TASK_TOTAL_MS,
      keptMs: settings.RETENTION_DAYS * DAY_MS,
    },
    results: bucket && {
      bucket,
      queue: new KeepQueue(db, store, relay.now),
      keptMs: settings.RESULT_DAYS * DAY_MS,
    },
  };
}

function outboxesOf({ OUTBOXES }: Env): Outboxes {
  return new Outboxes((name) => OUTBOXES.getByName(name));
}

interface Shared {
  readonly keys: KeyStore;
  readonly sealer: Sealer;
  readonly now: () => number;
}

function callServices(env: Env, settings: Settings, { keys, sealer, now }: Shared): CallServices {
  const db = drizzle(env.DB);
  return {
    catalogue: new CatalogueStore(db, now),
    prices: new PriceStore(db, now),
    charge: {
      wallet: new OutboxWallet(
        new D1Wallet(env.DB, {
          now,
          timeZone: settings.BILLING_TIMEZONE,
          leaseMs: settings.LEASE_MS,
          maxOpen: settings.MAX_OPEN_REQUESTS,
          lossLimitNanos: settings.WRITE_OFF_LIMIT_NANOS,
          sleep,
          random: () => Math.random(),
        }),
        outboxesOf(env),
        { now, sleep },
      ),
      isStillAllowed: async (keyId) => keys.isStillAllowed(keyId),
      funds: new KnownFunds({ now, timeZone: settings.BILLING_TIMEZONE }),
      now,
      checkpointMs: settings.CHECKPOINT_MS,
    },
    credentials: createVault(sealer),
    fetch: async (url, init) => fetch(url, init),
    wires: WIRES,
    finishingRoutes: new Set(),
    now,
    settings: {
      firstEventMs: settings.FIRST_EVENT_MS,
      firstOutputMs: settings.FIRST_OUTPUT_MS,
      idleMs: settings.IDLE_MS,
      answerMs: settings.ANSWER_MS,
      totalMs: settings.TOTAL_MS,
      keepAliveMs: settings.KEEP_ALIVE_MS,
      allowPrivateUpstreams: settings.ALLOW_PRIVATE_UPSTREAMS,
    },
  };
}

async function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function upstashOf(settings: Settings): UpstashOptions | undefined {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token, UPSTASH_TIMEOUT_MS: timeoutMs } = settings;
  return url === undefined || token === undefined ? undefined : { url, token, timeoutMs };
}

function sealerOf({ CREDENTIALS_KEY: present, CREDENTIALS_KEY_PREVIOUS: previous }: Settings): Sealer {
  return previous === undefined ? new Sealer(present) : new Sealer(present, previous);
}

/** Keeps opened credentials for the life of the isolate: a sealed text always opens to the same one for its purpose. */
function createVault(sealer: Sealer): CredentialVault {
  const opened = new Map<string, string>();
  return {
    async open(upstream, { sealed }) {
      const purpose = purposeOf(upstream);
      const name = [purpose.id, purpose.origin, sealed].join("\n");
      const known = opened.get(name);
      if (known !== undefined) return known;
      const credential = await sealer.open(sealed, purpose);
      opened.set(name, credential);
      return credential;
    },
  };
}
