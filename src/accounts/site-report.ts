/**
 * What all accounts did in the last hours. Charges have no index but that of their account, so each account is asked for
 * its latest: as many look-ups as there are accounts, and only rows of the time that is asked for.
 */
import { sql, type SQL } from "drizzle-orm";
import { int, rowsOf } from "../billing/storage.ts";
import { uuidv7Floor } from "../core/id.ts";
import type { AccountStore } from "./store.ts";

export interface SiteFigures {
  readonly requests: number;
  readonly answered: number;
  /** Nanos. */
  readonly revenue: number;
  /** What the operator pays, where that is known. */
  readonly cost: number;
  readonly writtenOff: number;
  /** By what requests failed of, the most frequent first. */
  readonly faults: readonly { readonly fault: string; readonly requests: number }[];
  /** By revenue. */
  readonly models: readonly { readonly model: string; readonly requests: number; readonly revenue: number }[];
}

const MOST_GROUPS = 10;

export async function siteFigures({ d1 }: AccountStore, sinceMs: number): Promise<SiteFigures> {
  const recent = sql`FROM accounts a JOIN charges c ON c.account_id = a.id AND c.id >= ${uuidv7Floor(sinceMs)}`;
  const [sums, faults, models] = await Promise.all([
    rowsOf<Record<"requests" | "answered" | "revenue" | "cost" | "written_off", number | null>>(
      d1,
      sql`SELECT count(*) AS requests, sum(c.state = 'settled') AS answered, sum(c.amount) AS revenue, sum(c.cost) AS cost,
        sum(c.written_off) AS written_off ${recent}`,
    ),
    rowsOf<{ fault: string; requests: number }>(
      d1,
      sql`SELECT coalesce(json_extract(c.request, '$.fault'), 'swept') AS fault, count(*) AS requests ${recent}
        WHERE c.state = 'void' GROUP BY 1 ORDER BY 2 DESC LIMIT ${int(MOST_GROUPS)}`,
    ),
    rowsOf<{ model: string; requests: number; revenue: number }>(
      d1,
      sql`SELECT c.model, count(*) AS requests, sum(c.amount) AS revenue ${recent}
        WHERE c.state = 'settled' GROUP BY 1 ORDER BY 3 DESC LIMIT ${int(MOST_GROUPS)}`,
    ),
  ]);
  const [sum] = sums;
  return {
    requests: sum?.requests ?? 0,
    answered: sum?.answered ?? 0,
    revenue: sum?.revenue ?? 0,
    cost: sum?.cost ?? 0,
    writtenOff: sum?.written_off ?? 0,
    faults,
    models,
  };
}

export interface RequestFilter {
  /** Unix milliseconds; undefined with `id`. */
  readonly sinceMs?: number | undefined;
  readonly id?: string | undefined;
  readonly accountId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly model?: string | undefined;
  readonly upstream?: string | undefined;
  readonly state?: string | undefined;
  /** Only requests before this one: the last of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface SiteRequest {
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly createdAt: number;
  readonly state: "held" | "settled" | "void";
  readonly model: string | null;
  readonly upstream: string | null;
  readonly amountNanos: number;
  readonly costNanos: number | null;
  readonly ending: string | null;
}

/** The latest first. */
export async function findRequests({ d1 }: AccountStore, filter: RequestFilter): Promise<readonly SiteRequest[]> {
  const { sinceMs, id, accountId, keyId, model, upstream, state, before, limit } = filter;
  const is = (column: SQL, value: string | undefined) => (value === undefined ? sql`` : sql` AND ${column} = ${value}`);
  return rowsOf<SiteRequest>(
    d1,
    sql`SELECT c.id, a.id AS accountId, a.name AS accountName, c.created_at AS createdAt, c.state, c.model, c.upstream,
      c.amount AS amountNanos, c.cost AS costNanos, c.ending
    FROM accounts a JOIN charges c ON c.account_id = a.id${is(sql`c.id`, id)}
      ${sinceMs === undefined ? sql`` : sql` AND c.id >= ${uuidv7Floor(sinceMs)}`}${before === undefined ? sql`` : sql` AND c.id < ${before}`}
    WHERE 1 = 1${is(sql`a.id`, accountId)}${is(sql`c.key_id`, keyId)}${is(sql`c.model`, model)}${is(sql`c.upstream`, upstream)}${is(sql`c.state`, state)}
    ORDER BY c.id DESC LIMIT ${int(limit)}`,
  );
}

export interface FoundAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly disabled: number;
  readonly unlimited: number;
  readonly balanceNanos: number;
  readonly planId: string | null;
  readonly createdAt: number;
}

/**
 * Accounts whose name or e-mail has these words in it, or whose id or key's beginning it is; the latest first.
 * @param after the id of the last account of the page before
 */
export async function findAccounts(
  { d1 }: AccountStore,
  words: string,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly FoundAccount[]> {
  const like = `%${words.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`;
  const prefix = words.slice(0, KEY_PREFIX_LENGTH);
  const found = sql`(a.id = ${words} OR a.name LIKE ${like} ESCAPE '\\' OR u.email LIKE ${like} ESCAPE '\\'
    OR EXISTS (SELECT 1 FROM api_keys k WHERE k.account_id = a.id AND k.prefix = ${prefix}))`;
  return rowsOf<FoundAccount>(
    d1,
    sql`SELECT a.id, a.name, min(u.email) AS email, a.disabled, a.unlimited, a.balance AS balanceNanos, a.plan_id AS planId,
      a.created_at AS createdAt
    FROM accounts a LEFT JOIN users u ON u.account_id = a.id
    WHERE ${words === "" ? sql`1 = 1` : found}${after === undefined ? sql`` : sql` AND a.id < ${after}`}
    GROUP BY a.id ORDER BY a.id DESC LIMIT ${int(limit)}`,
  );
}

/** `sk-` and eight characters. */
const KEY_PREFIX_LENGTH = 11;
