/** The gateway of a run on its own folder: it can be killed and started again, and its database can go away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { charges, tasks } from "../../schema/index.ts";
import { brokenInvariants, type BrokenInvariant } from "../../src/billing/invariants.ts";
import { childrenNamed } from "../support/children.ts";
import { startGateway, type Gateway } from "../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../support/seed.ts";
import type { ScriptedUpstream } from "../support/upstream.ts";
import type { Payer } from "./clients.ts";
import { FILM_SECOND, LIMITS, PRICE, type ChargeRow, type TaskRow } from "./evidence.ts";
import type { FilmUpstream, FilmUpstreamName } from "./film-upstreams.ts";
import type { UpstreamName } from "./upstreams.ts";

export const LEASE_MS = 4000;
const VARS = {
  LEASE_MS: String(LEASE_MS),
  CHECKPOINT_MS: "500",
  ANSWER_MS: "20000",
  FIRST_EVENT_MS: "10000",
  IDLE_MS: "10000",
  MAX_OPEN_REQUESTS: "1000",
  MAX_OPEN_TASKS: "1000",
  WRITE_OFF_LIMIT_NANOS: "1000000000000",
  PROBES: "true",
  ROUTING_TUNING: "{}",
};
const EVERY_MINUTE = "* * * * *";
const ADMIN_TOKEN = "chaos-admin-token-of-24-characters";

export class Stage {
  #gateway: Gateway;
  #starting = Promise.resolve();
  readonly #folder: string;

  private constructor(gateway: Gateway, folder: string) {
    this.#gateway = gateway;
    this.#folder = folder;
  }

  static async start(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "token-gateway-chaos-"));
    return new Stage(await startIn(folder), folder);
  }

  get url(): string {
    return this.#gateway.url;
  }

  /** Accounts that are rich, poor, bound by a quota, and bound by a plan. */
  async seed(
    upstreams: Record<UpstreamName, ScriptedUpstream>,
    filmUpstreams: Record<FilmUpstreamName, FilmUpstream>,
  ): Promise<Payer[]> {
    const { db, database } = this.#gateway;
    for (const [id, { baseUrl }] of Object.entries({ ...upstreams, ...filmUpstreams }))
      await addUpstream(db, { id, baseUrl });
    const price = { inputNanos: PRICE.input * 1000, outputNanos: PRICE.output * 1000 };
    const via = (...names: UpstreamName[]) =>
      names.map((upstreamId) => ({ upstreamId, upstreamModel: "upstream-model" }));
    await addModel(db, { id: "safe", price, ...LIMITS, autoWeight: 1, routes: via("steady", "echo", "wild") });
    await addModel(db, { id: "risky", price, ...LIMITS, autoWeight: 0, routes: via("wild") });
    const film = {
      operation: "video",
      price: { inputNanos: 0, outputNanos: 0 },
      rates: [{ unit: "durationMs", nanos: FILM_SECOND }],
      autoWeight: 0,
    } as const;
    const filmVia = (...names: FilmUpstreamName[]) =>
      names.map((upstreamId) => ({ upstreamId, upstreamModel: "upstream-film", wire: "openai.videos" }));
    await addModel(db, { id: "film", ...film, routes: filmVia("film-steady", "film-wild") });
    await addModel(db, { id: "risky-film", ...film, routes: filmVia("film-wild") });
    await database.exec(
      "INSERT INTO plans (id, name, allowance, allowance_requests, created_at) VALUES ('small', 'Small', 3000000, 40, 1)",
    );
    const payers: Payer[] = [];
    const add = async (name: string, seed: Parameters<typeof addKey>[1]) =>
      payers.push({ name, key: await addKey(db, seed) });
    for (let n = 0; n < 12; n++) await add(`rich ${n}`, { account: { id: `rich-${n}` }, balanceNanos: 1e15 });
    for (let n = 0; n < 3; n++) await add(`poor ${n}`, { account: { id: `poor-${n}` }, balanceNanos: 3_000_000 });
    for (let n = 0; n < 2; n++) {
      await add(`quota ${n}`, {
        account: { id: `quota-${n}` },
        balanceNanos: 1e15,
        key: { quotaTotalNanos: 4_000_000, quotaDayNanos: 3_000_000 },
      });
      await add(`plan ${n}`, { account: { id: `plan-${n}`, planId: "small" }, balanceNanos: 0 });
    }
    return payers;
  }

  /** Pending while the gateway starts again. */
  get ready(): Promise<void> {
    return this.#starting;
  }

  /** Ends workerd in the middle of whatever it does, and starts it on the same folder. */
  async kill(): Promise<void> {
    this.#starting = this.#restart();
    return this.#starting;
  }

  async #restart(): Promise<void> {
    for (const pid of childrenNamed("workerd")) process.kill(pid, "SIGKILL");
    await this.#gateway.close().catch(() => undefined);
    this.#gateway = await startIn(this.#folder);
  }

  /** For `ms`, the database takes no change of a charge or a task; at times, no new one either. */
  async fault(ms: number, refusesHolds: boolean): Promise<void> {
    const { database } = this.#gateway;
    const triggers = ["charges", "tasks"].flatMap((table) =>
      ["UPDATE", ...(refusesHolds ? ["INSERT"] : [])].map((change) => ({
        name: `away_${table}_${change}`,
        on: `BEFORE ${change} ON ${table}`,
      })),
    );
    for (const { name, on } of triggers)
      await database.exec(`CREATE TRIGGER ${name} ${on} BEGIN SELECT RAISE(ABORT, 'away'); END`);
    await new Promise((resolve) => setTimeout(resolve, ms));
    for (const { name } of triggers) await database.exec(`DROP TRIGGER IF EXISTS ${name}`);
  }

  /** Runs the schedule until nothing is open, or `ms` are over. */
  async settle(ms: number): Promise<void> {
    const endMs = Date.now() + ms;
    while (Date.now() < endMs) {
      await this.#gateway.runSchedule(EVERY_MINUTE);
      const isHeld = (await this.held()).some(({ openCharges }) => openCharges !== 0);
      if (!isHeld && (await this.tasks()).every(({ isClosed }) => isClosed)) return;
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 4));
    }
  }

  async sweep(): Promise<void> {
    await this.#gateway.runSchedule(EVERY_MINUTE);
  }

  async held() {
    const { results } = await this.#gateway.database
      .prepare("SELECT id AS account, open_charges AS openCharges, held FROM accounts")
      .all<{ account: string; openCharges: number; held: number }>();
    return results;
  }

  async charges(): Promise<ChargeRow[]> {
    const rows = await this.#gateway.db.select().from(charges);
    return rows.map((row) => ({
      id: row.id,
      state: row.state,
      ending: row.ending,
      amount: row.amountNanos,
      writtenOff: row.writtenOffNanos,
      estimate: row.estimateNanos,
      estimated: row.estimated,
      number: numberOf(row.request),
    }));
  }

  async tasks(): Promise<TaskRow[]> {
    const rows = await this.#gateway.db.select().from(tasks);
    return rows.map(({ id, chargeId, state, upstreamTask, closedAt }) => ({
      id,
      chargeId,
      state,
      made: upstreamTask ?? undefined,
      isClosed: closedAt !== null,
    }));
  }

  async invariants(): Promise<BrokenInvariant[]> {
    const broken: BrokenInvariant[] = [];
    for (let after: string | undefined = ""; after !== undefined;) {
      const page: Awaited<ReturnType<typeof brokenInvariants>> = await brokenInvariants(this.#gateway.database, {
        after,
      });
      broken.push(...page.broken);
      after = page.next;
    }
    return broken;
  }

  /** What of an upstream is out of use, as the operator sees it. */
  async taken(...upstreams: UpstreamName[]): Promise<string[]> {
    const told: string[] = [];
    for (const upstream of upstreams) {
      const response = await fetch(`${this.url}/admin/api/upstreams/${upstream}/health`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      const health = (await response.json()) as {
        routes: { route: string; breaker: string }[];
        coolings: { credential: string; why: string }[];
      };
      told.push(
        ...health.routes.filter(({ breaker }) => breaker !== "closed").map(({ route }) => `${route} is not closed`),
      );
      told.push(...health.coolings.map(({ why }) => `a credential of ${upstream} cools: ${why}`));
    }
    return told;
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function startIn(folder: string): Promise<Gateway> {
  return startGateway({ folder, vars: VARS, secrets: { ADMIN_TOKEN } });
}

/** Those that this process has started. */
function numberOf(request: string | null): number | undefined {
  const id = /"client_?[rR]equest_?[iI]d":"c(\d+)"/.exec(request ?? "")?.[1];
  return id === undefined ? undefined : Number(id);
}
