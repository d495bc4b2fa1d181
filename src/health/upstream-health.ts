/**
 * The Durable Object of one upstream, named by its id: what all isolates together know of the upstream. It is a shell that
 * stores `FleetHealth` and passes the time in.
 */
import { DurableObject } from "cloudflare:workers";
import type { HealthDescription, StoredHealth } from "./description.ts";
import { FleetHealth } from "./fleet-health.ts";
import { MINUTE_MS, type Minute, type RouteHistory, summarise } from "./history.ts";
import type { HealthPort, Report, Standing } from "./report.ts";
import { HEALTH_TUNING, type HealthTuning } from "./tuning.ts";
import { log } from "../core/log.ts";
import { readTuning } from "../core/read-tuning.ts";

const STATE_KEY = "state";

export class UpstreamHealth extends DurableObject implements HealthPort {
  /** Tests replace it. */
  now: () => number = () => Date.now();
  readonly #tuning: HealthTuning;
  readonly #state: FleetHealth;
  #storedAtMs = 0;
  #storedFingerprint: string;

  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    this.#tuning = tuningOf(env);
    context.storage.sql.exec("CREATE TABLE IF NOT EXISTS minutes (minute INTEGER PRIMARY KEY, routes TEXT NOT NULL)");
    const stored = context.storage.kv.get<StoredHealth>(STATE_KEY);
    this.#state = new FleetHealth(this.#tuning, () => Math.random(), stored);
    this.#storedFingerprint = this.#state.fingerprint();
  }

  async exchange(report: Report): Promise<Standing> {
    const nowMs = this.now();
    const standing = this.#state.exchange(report, nowMs);
    this.#keep(nowMs);
    return standing;
  }

  /** Each route over a span of time; Unix milliseconds. */
  async history({ fromMs, toMs }: { fromMs: number; toMs: number }): Promise<RouteHistory[]> {
    this.#keep(this.now());
    const [first, last] = [Math.floor(fromMs / MINUTE_MS), Math.floor(toMs / MINUTE_MS)];
    const rows = this.ctx.storage.sql.exec<{ minute: number; routes: string }>(
      "SELECT minute, routes FROM minutes WHERE minute BETWEEN ? AND ? ORDER BY minute",
      first,
      last,
    );
    const minutes = [...rows].map(({ minute, routes }): Minute => ({ minute, routes: JSON.parse(routes) }));
    const current = this.#state.minute;
    return summarise(
      current !== undefined && current.minute <= last && current.minute >= first ? [...minutes, current] : minutes,
    );
  }

  /** For operators. */
  async describe(): Promise<HealthDescription> {
    return this.#state.describe(this.now());
  }

  /** Stores each transition and cooling at once, the rest every `storeMs`. */
  #keep(nowMs: number): void {
    const fingerprint = this.#state.fingerprint();
    if (fingerprint === this.#storedFingerprint && nowMs - this.#storedAtMs < this.#tuning.storeMs) return;
    const { sql, kv } = this.ctx.storage;
    for (const { minute, routes } of this.#state.takeMinutes(nowMs)) {
      sql.exec("INSERT OR REPLACE INTO minutes (minute, routes) VALUES (?, ?)", minute, JSON.stringify(routes));
      sql.exec("DELETE FROM minutes WHERE minute < ?", Math.floor((nowMs - this.#tuning.historyMs) / MINUTE_MS));
    }
    kv.put(STATE_KEY, this.#state.store(nowMs));
    this.#storedAtMs = nowMs;
    this.#storedFingerprint = fingerprint;
  }
}

/** Ignores names that are not health's: they are routing's. `settings.ts` refuses names that are neither. */
function tuningOf(env: object): HealthTuning {
  const { tuning, wrong } = readTuning("ROUTING_TUNING" in env ? env.ROUTING_TUNING : undefined, HEALTH_TUNING);
  if (wrong.length > 0) log("warn", "tuning_unreadable", { names: wrong });
  return tuning;
}
