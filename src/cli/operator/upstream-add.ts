/** Adds an upstream with its credential, models, prices and routes. Run again, it adds what is missing. */
import type { JsonObject, OperatorClient } from "./client.ts";
import { parseModelOption, type ModelOption } from "./model-option.ts";
import { Problem } from "./problem.ts";

interface UpstreamAdd {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
  /** Called only when the upstream has no credential yet. */
  readonly readSecret: () => Promise<string>;
  readonly say: (line: string) => void;
}

export async function addUpstream(client: OperatorClient, request: UpstreamAdd): Promise<void> {
  const { id, name, kind, baseUrl, readSecret, say } = request;
  // Mistakes in the options are found before anything is written.
  const models = request.models.map((option) => parseModelOption(option, kind));
  const path = `/upstreams/${encodeURIComponent(id)}`;
  const existing = await client.sendUnless(404, "GET", path);
  const credentials = existing === undefined ? [] : dataOf(await client.send("GET", `${path}/credentials`));
  if (existing !== undefined && existing["base_url"] !== baseUrl.replace(/\/+$/, "")) {
    throw new Problem(`There is an upstream '${id}' already, at ${String(existing["base_url"])}. Choose another --id.`);
  }
  const secret = credentials.length > 0 ? undefined : await readSecret();
  if (existing === undefined) await client.send("POST", "/upstreams", { id, name, kind, base_url: baseUrl });
  say(`upstream ${id}${kept(existing)}`);
  if (secret !== undefined) await client.send("POST", `${path}/credentials`, { secret });
  say(`  credential${secret === undefined ? " (kept)" : ""}`);
  for (const model of models) await addModel(client, id, model, say);
}

/** The route is added last, so that no request is served without a price. @throws Problem where a price would lose rates */
async function addModel(
  client: OperatorClient,
  upstreamId: string,
  model: ModelOption,
  say: (line: string) => void,
): Promise<void> {
  const { name, upstreamName, operation, wire, capabilities, fields, price } = model;
  const created = await client.sendUnless(409, "POST", "/models", { id: name, operation, capabilities, ...fields });
  say(`  model ${name}${created === undefined ? " (kept)" : ""}`);
  const latest = dataOf(await client.send("GET", `/prices?model_id=${encodeURIComponent(name)}&limit=1`))[0];
  const same = latest !== undefined && Object.entries(price).every(([field, nanos]) => latest[field] === nanos);
  if (!same && latest !== undefined && isByRequest(latest))
    throw new Problem(
      `The price of '${name}' has rates that depend on the request, and another price would be without them. ` +
        "Send the new price with its rates to /admin/api/prices, or leave the present one.",
    );
  if (!same) await client.send("POST", "/prices", { model_id: name, ...price });
  say(`    price${same ? " (kept)" : ""}`);
  const route = await client.sendUnless(409, "POST", "/routes", {
    id: `${upstreamId}:${name}`,
    model_id: name,
    upstream_id: upstreamId,
    upstream_model: upstreamName,
    wire,
  });
  say(`    route ${upstreamId}:${name}${route === undefined ? " (kept)" : ""}`);
}

/** Whether a price has rates that a `--model` cannot say. */
function isByRequest({ rates }: JsonObject): boolean {
  return (rates as readonly { when?: JsonObject }[]).some(({ when = {} }) => Object.keys(when).length > 0);
}

const kept = (existing: JsonObject | undefined) => (existing === undefined ? "" : " (kept)");

function dataOf(page: JsonObject): JsonObject[] {
  return page["data"] as JsonObject[];
}
