/** `/admin/upstreams/{id}/models`: what an upstream offers, to be added with prices in one form. */
import { formatNanos, parseNanos } from "../../../core/money.ts";
import type { JsonObject } from "../../../core/json.ts";
import { textOf } from "../../form.ts";
import { callApi, allRows, readApi, text, type Refusal } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { presetOf, type Preset } from "../../presets.ts";
import { redirectTo } from "../../respond.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { RULES } from "../../text/rules-text.ts";
import { UNIT_TEXTS } from "../../text/units-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { ADMIN_CRUMB } from "./resource-pages.tsx";

/** Operators choose among the first; the others have a page of their own. */
const MOST_SHOWN = 200;
/** Prices are quoted for a million tokens, and stored for a thousand. */
const THOUSANDS = 1000;

interface Offer {
  readonly id: string;
  readonly known: Preset["models"][number] | undefined;
  readonly isRouted: boolean;
}

/** @param sent the form as it was sent, with what is wrong with it */
async function show(visit: OwnVisit, sent?: { readonly data: FormData; readonly problem: string }): Promise<Content> {
  const { say, context } = visit;
  const id = context.req.param("id") ?? "";
  const upstream = await readApi(visit, `upstreams/${encodeURIComponent(id)}`);
  const [fetched, routes] = await Promise.all([
    callApi(visit, "POST", `upstreams/${encodeURIComponent(id)}/models`),
    allRows(visit, "routes"),
  ]);
  const preset = presetOf(text(upstream, "base_url"));
  const offers = offersOf(fetched.ok ? fetched.value : {}, preset, {
    routed: routes.filter((row) => text(row, "upstream_id") === id).map((row) => text(row, "upstream_model")),
  });
  return {
    title: ADMIN.fetched,
    above: [
      ADMIN_CRUMB,
      { path: "/admin/upstreams", title: ADMIN.upstreams },
      { path: `/admin/upstreams/${id}`, title: text(upstream, "name") },
    ],
    status: sent === undefined ? 200 : 422,
    body: (
      <>
        {fetched.ok ? null : <Notice kind="warn">{say(ADMIN.fetchFailed, { why: fetched.message })}</Notice>}
        {sent === undefined ? null : <Notice kind="bad">{sent.problem}</Notice>}
        <p>{say(ADMIN.fetchedHow)}</p>
        {preset === undefined ? null : (
          <p>
            {say(ADMIN.presetModels)} <a href={preset.prices}>{preset.name}</a>
          </p>
        )}
        <form method="post" action={context.req.path}>
          <Offers visit={visit} offers={offers} sent={sent?.data} />
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

interface Offered {
  readonly visit: OwnVisit;
  readonly offers: readonly Offer[];
  /** What was chosen and typed before. */
  readonly sent: FormData | undefined;
}

function Offers({ visit, offers, sent }: Offered) {
  const { say } = visit;
  const priceInput = (offer: Offer, side: "input" | "output") => (
    <input
      type="text"
      name={`${side}:${offer.id}`}
      inputmode="decimal"
      value={sent === undefined ? (offer.known?.[side] ?? "") : textOf(sent, `${side}:${offer.id}`)}
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
              <input
                type="checkbox"
                name="model"
                value={offer.id}
                disabled={offer.isRouted}
                checked={sent?.getAll("model").includes(offer.id)}
              />
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
  const wire = preset?.wire ?? WIRE_OF_KIND[text(upstream, "kind")] ?? "openai.chat";
  const { say } = visit;
  const models = data.getAll("model").filter((model) => typeof model === "string");
  if (models.length > MOST_AT_ONCE)
    return show(visit, { data, problem: say(ADMIN.tooManyModels, { n: MOST_AT_ONCE }) });
  const unreadable = models.find((model) => amountsIn(data, model) === "unreadable");
  if (unreadable !== undefined) {
    return show(visit, { data, problem: `${unreadable}: ${say(RULES.amount)}` });
  }
  for (const model of models) {
    const refusal = await addOne(visit, {
      id,
      wire,
      model,
      data,
      known: preset?.models.find((one) => one.id === model),
    });
    if (refusal !== undefined) return show(visit, { data, problem: `${model}: ${refusal.message}` });
  }
  return redirectTo(visit, `/admin/upstreams/${id}`, "saved");
}

interface Addition {
  readonly id: string;
  readonly wire: string;
  readonly known: Offer["known"];
  readonly model: string;
  readonly data: FormData;
}

const CONFLICT = 409;
/** D1 allows 1,000 queries in a request, and each model takes several. */
const MOST_AT_ONCE = 50;
/** The chat of the vendor whose kind it is. */
const WIRE_OF_KIND: Readonly<Record<string, string>> = { anthropic: "anthropic.messages", gemini: "gemini.generate" };

async function addOne(visit: OwnVisit, { id, wire, known, model, data }: Addition): Promise<Refusal | undefined> {
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
    wire,
  });
  return routed.ok || routed.status === CONFLICT ? undefined : routed;
}

/** A proposal that was not edited brings its price of cached tokens along. */
function pricesIn(data: FormData, model: string, known: Offer["known"]): JsonObject | undefined {
  const amounts = amountsIn(data, model);
  if (amounts === undefined || amounts === "unreadable") return undefined;
  const [input, output] = amounts;
  const perThousand = (nanos: number) => Math.round(nanos / THOUSANDS);
  const isProposal = known !== undefined && formatNanos(input) === formatNanos(parseNanos(known.input) ?? -1);
  const cached = isProposal && known.cachedRead !== undefined ? parseNanos(known.cachedRead) : undefined;
  return {
    input_nanos: perThousand(input),
    output_nanos: perThousand(output),
    ...(cached === undefined ? {} : { cached_read_nanos: perThousand(cached) }),
  };
}

/** In nanos; undefined = the model gets no price here. Both amounts, or none. */
function amountsIn(data: FormData, model: string): readonly [input: number, output: number] | "unreadable" | undefined {
  const words = (["input", "output"] as const).map((side) => textOf(data, `${side}:${model}`).normalize("NFKC"));
  if (words.every((word) => word === "")) return undefined;
  const [input, output] = words.map((word) => parseNanos(word));
  return input === undefined || output === undefined || input < 0 || output < 0 ? "unreadable" : [input, output];
}

export const UPSTREAM_MODEL_PAGES: readonly Page[] = [
  { path: "/admin/upstreams/:id/models", access: "operators", get: async (visit) => show(visit), post: add },
];
