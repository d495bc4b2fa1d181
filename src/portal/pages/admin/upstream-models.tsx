/** `/admin/upstreams/{id}/models`: what an upstream offers, to be added with prices in one form. */
import { formatNanos, parseNanos } from "../../../core/money.ts";
import type { JsonObject } from "../../../core/json.ts";
import { textOf } from "../../form.ts";
import { callApi, listApi, readApi, text, type Refusal } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { presetOf, type Preset } from "../../presets.ts";
import { redirectTo } from "../../respond.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { UNIT_TEXTS } from "../../text/units-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { ADMIN_CRUMB, Refused } from "./resource-pages.tsx";

const MOST = "100";
/** Operators choose among the first; the others have a page of their own. */
const MOST_SHOWN = 200;
/** Prices are quoted for a million tokens, and stored for a thousand. */
const THOUSANDS = 1000;

interface Offer {
  readonly id: string;
  readonly known: Preset["models"][number] | undefined;
  readonly isRouted: boolean;
}

async function show(visit: OwnVisit, refusal?: Refusal): Promise<Content> {
  const { say, context } = visit;
  const id = context.req.param("id") ?? "";
  const upstream = await readApi(visit, `upstreams/${encodeURIComponent(id)}`);
  const [fetched, routes] = await Promise.all([
    callApi(visit, "POST", `upstreams/${encodeURIComponent(id)}/models`),
    listApi(visit, "routes", { limit: MOST }),
  ]);
  const preset = presetOf(text(upstream, "base_url"));
  const offers = offersOf(fetched.ok ? fetched.value : {}, preset, {
    routed: routes.rows.filter((row) => text(row, "upstream_id") === id).map((row) => text(row, "upstream_model")),
  });
  return {
    title: ADMIN.fetched,
    above: [
      ADMIN_CRUMB,
      { path: "/admin/upstreams", title: ADMIN.upstreams },
      { path: `/admin/upstreams/${id}`, title: text(upstream, "name") },
    ],
    status: refusal === undefined ? 200 : 422,
    body: (
      <>
        {fetched.ok ? null : <Notice kind="warn">{say(ADMIN.fetchFailed, { why: fetched.message })}</Notice>}
        <Refused refusal={refusal} />
        <p>{say(ADMIN.fetchedHow)}</p>
        {preset === undefined ? null : (
          <p>
            {say(ADMIN.presetModels)} <a href={preset.prices}>{preset.name}</a>
          </p>
        )}
        <form method="post" action={context.req.path}>
          <Offers visit={visit} offers={offers} />
          <p class="buttons">
            <button type="submit">{say(ADMIN.addModels)}</button>
          </p>
        </form>
      </>
    ),
  };
}

/** The vendor's known models first, then what the upstream says it has. */
function offersOf(
  fetched: JsonObject,
  preset: Preset | undefined,
  { routed }: { readonly routed: readonly string[] },
): readonly Offer[] {
  const named = Array.isArray(fetched["data"]) ? fetched["data"].filter((one) => typeof one === "string") : [];
  const known = preset?.models ?? [];
  const ids = [...new Set([...known.map((model) => model.id), ...named])].slice(0, MOST_SHOWN);
  return ids.map((id) => ({
    id,
    known: known.find((model) => model.id === id),
    isRouted: routed.includes(id),
  }));
}

function Offers({ visit, offers }: { visit: OwnVisit; offers: readonly Offer[] }) {
  const { say } = visit;
  const priceInput = (offer: Offer, side: "input" | "output") => (
    <input
      type="text"
      name={`${side}:${offer.id}`}
      inputmode="decimal"
      value={offer.known?.[side] ?? ""}
      autocomplete="off"
      aria-label={`${offer.id}: ${say(UNIT_TEXTS[side])}`}
    />
  );
  return (
    <Table
      visit={visit}
      caption={ADMIN.fetched}
      rows={offers}
      empty={ADMIN.none}
      columns={[
        {
          title: ADMIN.model,
          isHead: true,
          cell: (offer) => (
            <label class="check">
              <input type="checkbox" name="model" value={offer.id} disabled={offer.isRouted} />
              <code>{offer.id}</code>
            </label>
          ),
        },
        { title: ADMIN.state, cell: (offer) => (offer.isRouted ? say(ADMIN.alreadyThere) : "") },
        { title: UNIT_TEXTS.input, cell: (offer) => (offer.isRouted ? "" : priceInput(offer, "input")) },
        { title: UNIT_TEXTS.output, cell: (offer) => (offer.isRouted ? "" : priceInput(offer, "output")) },
      ]}
    />
  );
}

/** Each model gets what it lacks: itself, a price where two amounts stand, and a route. */
async function add(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const id = visit.context.req.param("id") ?? "";
  const upstream = await readApi(visit, `upstreams/${encodeURIComponent(id)}`);
  const preset = presetOf(text(upstream, "base_url"));
  for (const model of data.getAll("model")) {
    if (typeof model !== "string") continue;
    const refusal = await addOne(visit, { id, preset, model, data });
    if (refusal !== undefined) return show(visit, refusal);
  }
  return redirectTo(visit, `/admin/upstreams/${id}`, "saved");
}

interface Addition {
  readonly id: string;
  readonly preset: Preset | undefined;
  readonly model: string;
  readonly data: FormData;
}

const CONFLICT = 409;

async function addOne(visit: OwnVisit, { id, preset, model, data }: Addition): Promise<Refusal | undefined> {
  const known = preset?.models.find((one) => one.id === model);
  const made = await callApi(visit, "POST", "models", {
    id: model,
    operation: "chat",
    ...(known === undefined
      ? {}
      : {
          capabilities: [...known.capabilities],
          context_length: known.contextLength,
          max_output: known.maxOutput,
        }),
  });
  if (!made.ok && made.status !== CONFLICT) return made;
  const price = pricesIn(data, model, known);
  if (made.ok && price !== undefined) {
    const priced = await callApi(visit, "POST", "prices", { model_id: model, ...price });
    if (!priced.ok) return priced;
  }
  const routed = await callApi(visit, "POST", "routes", {
    id: `${id}:${model}`,
    model_id: model,
    upstream_id: id,
    wire: preset?.wire ?? "openai.chat",
  });
  return routed.ok || routed.status === CONFLICT ? undefined : routed;
}

/** undefined = not both amounts are there. A proposal that was not edited brings its price of cached tokens along. */
function pricesIn(data: FormData, model: string, known: Offer["known"]): JsonObject | undefined {
  const [input, output] = (["input", "output"] as const).map((side) => parseNanos(textOf(data, `${side}:${model}`)));
  if (input === undefined || output === undefined || input < 0 || output < 0) return undefined;
  const perThousand = (nanos: number) => Math.round(nanos / THOUSANDS);
  const isProposal = known !== undefined && formatNanos(input) === formatNanos(parseNanos(known.input) ?? -1);
  const cached = isProposal && known.cachedRead !== undefined ? parseNanos(known.cachedRead) : undefined;
  return {
    input_nanos: perThousand(input),
    output_nanos: perThousand(output),
    ...(cached === undefined ? {} : { cached_read_nanos: perThousand(cached) }),
  };
}

export const UPSTREAM_MODEL_PAGES: readonly Page[] = [
  { path: "/admin/upstreams/:id/models", access: "operators", get: async (visit) => show(visit), post: add },
];
