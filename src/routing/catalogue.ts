/** Models, upstreams and routes, read from D1 as a whole and kept per isolate. */
import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { array, enum as oneOf, string } from "zod/mini";
import { aliases, models, routes, upstreamCredentials, upstreams } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { log } from "../core/log.ts";
import { CAPABILITIES, OPERATIONS } from "../operation/operations.ts";
import type { Candidate, Credential, Deadlines, Model, Route, Upstream } from "./route.ts";

export interface Catalogue {
  /** Enabled models by their public name, in the order of that name. */
  readonly models: ReadonlyMap<string, Model>;
  /** The enabled routes of each model. */
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  /** Other names, each with the name that it stands for; see `aliases.ts`. */
  readonly aliases: ReadonlyMap<string, string>;
}

const CATALOGUE_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 1 };

export class CatalogueStore {
  readonly #db: DrizzleD1Database;
  readonly #cache: StaleCache<Catalogue>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#cache = new StaleCache({ ...CATALOGUE_CACHE, now });
  }

  async current(defer: (work: Promise<unknown>) => void): Promise<Catalogue> {
    return this.#cache.get("", () => this.#read(), defer);
  }

  /** The next request reads D1: an operator has changed something here. */
  forget(): void {
    this.#cache.delete("");
  }

  async #read(): Promise<Catalogue> {
    const [modelRows, upstreamRows, credentialRows, routeRows, aliasRows] = await this.#db.batch([
      this.#db.select().from(models).where(eq(models.disabled, false)).orderBy(models.id),
      this.#db.select().from(upstreams).where(eq(upstreams.disabled, false)),
      this.#db.select().from(upstreamCredentials).where(eq(upstreamCredentials.disabled, false)),
      this.#db.select().from(routes).where(eq(routes.disabled, false)).orderBy(routes.id),
      this.#db.select().from(aliases).where(eq(aliases.disabled, false)),
    ]);
    const modelsById = new Map(modelRows.flatMap((row) => toModel(row)).map((model) => [model.id, model]));
    const credentialsOf = Map.groupBy(credentialRows, (row) => row.upstreamId);
    const upstreamsById = new Map<string, Upstream>(
      upstreamRows.map((row) => [row.id, toUpstream(row, credentialsOf.get(row.id) ?? [])]),
    );
    const complete = routeRows.flatMap(({ modelId, upstreamId, ...row }): Route[] => {
      const model = modelsById.get(modelId);
      const upstream = upstreamsById.get(upstreamId);
      return model === undefined || upstream === undefined ? [] : [{ ...row, model, upstream }];
    });
    return {
      models: modelsById,
      routes: Map.groupBy(complete, (route) => route.model.id),
      aliases: new Map(aliasRows.map(({ id, target }) => [id, target])),
    };
  }
}

/** What is public: the models that have a price and that any key may use, with the routes that serve them. */
export function publicRoutes(catalogue: Catalogue, isPriced: (model: string) => boolean): Map<string, Route[]> {
  return new Map(
    [...catalogue.models.keys()].flatMap((model): [string, Route[]][] => {
      const routes = (catalogue.routes.get(model) ?? []).filter(({ upstream }) => upstream.groups === null);
      return routes.length === 0 || !isPriced(model) ? [] : [[model, routes]];
    }),
  );
}

/** A route as the database has it now, enabled or not, with its upstream's enabled credentials. */
export async function findRoute(db: DrizzleD1Database, id: string): Promise<Route | undefined> {
  const [found] = await db
    .select()
    .from(routes)
    .innerJoin(models, eq(models.id, routes.modelId))
    .innerJoin(upstreams, eq(upstreams.id, routes.upstreamId))
    .where(eq(routes.id, id));
  if (found === undefined) return undefined;
  const [model] = toModel(found.models);
  const credentials = await db
    .select()
    .from(upstreamCredentials)
    .where(and(eq(upstreamCredentials.upstreamId, found.upstreams.id), eq(upstreamCredentials.disabled, false)))
    .orderBy(upstreamCredentials.id);
  return model && { ...found.routes, model, upstream: toUpstream(found.upstreams, credentials) };
}

/** A route and a credential as the database has them now, both enabled or not; undefined = one of them is gone. */
export async function findCandidate(
  db: DrizzleD1Database,
  routeId: string,
  credentialId: string,
): Promise<Candidate | undefined> {
  const [found] = await db
    .select()
    .from(routes)
    .innerJoin(models, eq(models.id, routes.modelId))
    .innerJoin(upstreams, eq(upstreams.id, routes.upstreamId))
    .innerJoin(upstreamCredentials, eq(upstreamCredentials.upstreamId, upstreams.id))
    .where(and(eq(routes.id, routeId), eq(upstreamCredentials.id, credentialId)));
  if (found === undefined) return undefined;
  const [model] = toModel(found.models);
  const credential = found.upstream_credentials;
  const upstream = toUpstream(found.upstreams, [credential]);
  return model && { route: { ...found.routes, model, upstream }, credential };
}

const Operation = oneOf(OPERATIONS);
const Names = array(string());
const Capabilities = array(oneOf(CAPABILITIES));

/** Leaves out a row that this release cannot read, such as one that a newer release wrote, and logs it. */
function toModel(row: typeof models.$inferSelect): Model[] {
  const operation = Operation.safeParse(row.operation);
  const capabilities = Capabilities.safeParse(parsed(row.capabilities));
  if (!operation.success || !capabilities.success) {
    log("warn", "model_unreadable", { model: row.id });
    return [];
  }
  return [
    {
      id: row.id,
      operation: operation.data,
      capabilities: new Set(capabilities.data),
      contextLength: row.contextLength,
      maxOutput: row.maxOutput,
      usualOutput: row.usualOutput,
      imageTokens: row.imageTokens,
      audioTokens: row.audioTokens,
      fileTokens: row.fileTokens,
      maxTokensPerSecond: row.maxTokensPerSecond,
      tier: row.tier,
      autoWeight: row.autoWeight,
      ownedBy: row.ownedBy,
      createdAtMs: row.createdAt,
      deadlines: ownDeadlines(row),
    },
  ];
}

function toUpstream(row: typeof upstreams.$inferSelect, credentials: readonly Credential[]): Upstream {
  const { id, name, kind, baseUrl, groups, fields, abandon, label } = row;
  return {
    id,
    name,
    kind,
    baseUrl,
    credentials,
    groups: groups === null ? null : toSet(groups),
    fields: fields === "open" ? fields : toSet(fields ?? "[]"),
    abandon,
    label,
  };
}

/** A list that cannot be read is empty: it admits nobody, and adds nothing. */
function toSet(text: string): ReadonlySet<string> {
  const names = Names.safeParse(parsed(text));
  return new Set(names.success ? names.data : []);
}

function ownDeadlines(row: typeof models.$inferSelect): Partial<Deadlines> {
  const { firstEventMs, firstOutputMs, idleMs, answerMs, totalMs } = row;
  return Object.fromEntries(
    Object.entries({ firstEventMs, firstOutputMs, idleMs, answerMs, totalMs }).filter(([, value]) => value !== null),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
