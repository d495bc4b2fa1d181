/** `/` for people and uptime checks, `/healthz` for operators. Neither needs a key. */
import { sql } from "drizzle-orm";
import journal from "../../schema/migrations/meta/_journal.json";
import { version } from "../../package.json";
import type { Services } from "../services.ts";
import { SURFACES } from "./surfaces.ts";

const EXPECTED_MIGRATIONS = journal.entries.map(({ tag }) => `${tag}.sql`);

export function welcome(origin: string): Response {
  return Response.json({
    name: "Token Gateway",
    version,
    base_urls: SURFACES.map(({ mount }) => origin + mount),
    models: `${origin}/v1/models`,
    health: `${origin}/healthz`,
  });
}

/** 200 when requests can be served, 503 when not. The body names variables and migrations, never a value. */
export async function health(services: Services | undefined, problems: readonly string[]): Promise<Response> {
  const database = services === undefined ? undefined : await readDatabase(services);
  const healthy = problems.length === 0 && database?.pending.length === 0;
  return Response.json(
    {
      status: healthy ? "ok" : "failing",
      version,
      configuration: { status: problems.length === 0 ? "ok" : "failing", problems },
      database: { status: database === undefined ? "unknown" : database.reachable ? "ok" : "failing" },
      migrations: {
        status: database?.pending.length === 0 ? "ok" : "failing",
        pending: database?.pending ?? EXPECTED_MIGRATIONS,
      },
    },
    { status: healthy ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}

async function readDatabase({ db }: Services): Promise<{ reachable: boolean; pending: string[] }> {
  try {
    await db.run(sql`SELECT 1`);
  } catch {
    return { reachable: false, pending: EXPECTED_MIGRATIONS };
  }
  const applied = await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations`).catch(() => []);
  const names = new Set(applied.map(({ name }) => name));
  return { reachable: true, pending: EXPECTED_MIGRATIONS.filter((name) => !names.has(name)) };
}
