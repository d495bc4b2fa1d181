/** What it costs that an operator has much: models behind `auto`, routes of one model. */
import { models, prices, routes } from "../../../schema/index.ts";
import { ask } from "../client.ts";
import type { Builds, Contestant, Gateway } from "../contestants.ts";
import type { Figure } from "../figures.ts";
import { p50 } from "./json.ts";

const MODELS = 1000;
const ROUTES = 300;
const REQUESTS = 300;
const ROUNDS = 5;
/** Rows of one statement: D1 takes 100 parameters. */
const AT_ONCE = 5;

function bodyFor(model: string) {
  return { body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }) };
}

/** Milliseconds that the p50 of one client grows by, against a gateway with one model and one route. */
export async function measureGrowth(upstream: Contestant, builds: Builds): Promise<Figure[]> {
  const small = await builds.start("instant", upstream, ["json"]);
  const manyModels = await builds.start("instant", upstream, ["json"]);
  const manyRoutes = await builds.start("instant", upstream, ["json"]);
  try {
    await addModels(manyModels);
    await addRoutes(manyRoutes);
    const ways = [
      ["one client with 'auto', one model", small, "auto"],
      [`one client with 'auto', ${MODELS} models`, manyModels, "auto"],
      ["one client with one route", small, "json"],
      [`one client with ${ROUTES} routes of the model`, manyRoutes, "json"],
    ] as const;
    const found = ways.map(() => [] as number[]);
    for (const [, one, model] of ways) await p50(REQUESTS, async () => ask(one, bodyFor(model)));
    for (let round = 0; round < ROUNDS; round++)
      for (const [at, [, one, model]] of ways.entries())
        found[at]?.push(await p50(REQUESTS, async () => ask(one, bodyFor(model))));
    return ways.map(([name, one], at) => ({ name, contestant: one.name, unit: "ms", value: middle(found[at] ?? []) }));
  } finally {
    for (const one of [small, manyModels, manyRoutes]) await one.stop();
  }
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function addModels({ db }: Gateway): Promise<void> {
  const names = Array.from({ length: MODELS }, (_, at) => `json-${at}`);
  const rates = JSON.stringify(["input", "output"].map((unit) => ({ unit, nanos: 1 })));
  for (let at = 0; at < MODELS; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE);
    await db.insert(models).values(some.map((id) => ({ id, operation: "chat" as const, createdAt: 0, autoWeight: 1 })));
    await db.insert(prices).values(some.map((modelId) => ({ modelId, effectiveAt: 0, rates })));
    await db.insert(routes).values(some.map((id) => routeOf(id, id)));
  }
}

async function addRoutes({ db }: Gateway): Promise<void> {
  const names = Array.from({ length: ROUTES - 1 }, (_, at) => `json-way-${at}`);
  for (let at = 0; at < names.length; at += AT_ONCE)
    await db.insert(routes).values(names.slice(at, at + AT_ONCE).map((id) => routeOf(id, "json")));
}

function routeOf(id: string, modelId: string) {
  return { id, modelId, upstreamId: "fast", upstreamModel: "json", wire: "openai.chat", createdAt: 0 } as const;
}
