/** `/admin/upstreams/{id}/models`: what an upstream offers, to be added with prices in one form. */
import { RATIO_ONE, type Price } from "../../../billing/price.ts";
import type { PriceLookUp } from "../../../billing/price-store.ts";
import { parseNanos } from "../../../core/money.ts";
import type { JsonObject } from "../../../core/json.ts";
import { textOf } from "../../form.ts";
import { guessOperation, type Guess } from "../../guess-operation.ts";
import { allRows, callApi, readApi, text, type Refusal } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { presetOf, type Preset } from "../../presets.ts";
import { quotedNanos } from "../../prices.ts";
import { redirectTo } from "../../respond.tsx";
import { decimalNanos } from "../../rules.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { OPERATION_NAMES } from "../../text/models-text.ts";
import { TROUBLES } from "../../text/admin-troubles-text.ts";
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
  readonly guess: Guess;
  readonly isRouted: boolean;
  /** The one in effect. */
  readonly price: Price | undefined;
}

/** @param sent the form as it was sent, with what is wrong with it */
async function show(visit: OwnVisit, sent?: { readonly data: FormData; readonly problem: string }): Promise<Content> {
  const { say, context, services } = visit;
  const id = context.req.param("id") ?? "";
  const upstream = await readApi(visit, `upstreams/${encodeURIComponent(id)}`);
  const [fetched, routes, priceOf] = await Promise.all([
    callApi(visit, "POST", `upstreams/${encodeURIComponent(id)}/models`),
    allRows(visit, "routes"),
    services.relay.prices.current(context.env.defer),
  ]);
  const preset = presetOf(text(upstream, "base_url"));
  const offers = offersOf(fetched.ok ? fetched.value : {}, preset, {
    kind: text(upstream, "kind"),
    routed: routes.filter((row) => text(row, "upstream_id") === id).map((row) => text(row, "upstream_model")),
    priceOf,
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
        {fetched.ok ? null : (
          <Notice kind="warn">
            {say(ADMIN.fetchFailed, { why: fetched.message })} {say(TROUBLES.checkBaseUrl)}{" "}
            <a href={`/admin/upstreams/${id}`}>{text(upstream, "base_url")}</a>
          </Notice>
        )}
        {sent === undefined ? null : <Notice kind="bad">{sent.problem}</Notice>}
        <p>{say(ADMIN.fetchedHow)}</p>
        {preset === undefined ? null : (
          <p>
            {say(ADMIN.presetModels)} <a href={preset.prices}>{preset.name}</a>{" "}
            {isInDollars(services) ? null : say(TROUBLES.otherCurrency, { currency: services.settings.CURRENCY ?? "" })}
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
  {
    kind,
    routed,
    priceOf,
  }: { readonly kind: string; readonly routed: readonly string[]; readonly priceOf: PriceLookUp },
): readonly Offer[] {
  const named = Array.isArray(fetched["data"]) ? fetched["data"].filter((one) => typeof one === "string") : [];
  const known = preset?.models ?? [];
  const ids = [...new Set([...known.map((model) => model.id), ...named])].slice(0, MOST_SHOWN);
  return ids.map((id) => ({
    id,
    known: known.find((model) => model.id === id),
    guess: guessOperation(id, kind),
    isRouted: routed.includes(id),
    price: priceOf(id)?.price,
  }));
}

/** Proposals are in US dollars: they stand in the form only where the site's amounts may be such. */
function isInDollars({ settings }: OwnVisit["services"]): boolean {
  return settings.CURRENCY === undefined || settings.CURRENCY === "USD";
}

function Offers({ visit, offers, sent }: { visit: OwnVisit; offers: readonly Offer[]; sent: FormData | undefined }) {
  const { say, services, format } = visit;
  const chosen = new Set(sent?.getAll("model"));
  const amountOf = ({ id, known }: Offer, side: "input" | "output") => {
    if (sent !== undefined) return textOf(sent, `${side}:${id}`);
    return isInDollars(services) ? (known?.[side] ?? "") : "";
  };
  const priceInput = (offer: Offer, side: "input" | "output") =>
    offer.price === undefined ? (
      <input
        type="text"
        name={`${side}:${offer.id}`}
        inputmode="decimal"
        value={amountOf(offer, side)}
        autocomplete="off"
        aria-label={`${offer.id}: ${say(UNIT_TEXTS[side])}`}
      />
    ) : (
      format.amount(quotedNanos(offer.price, side, RATIO_ONE))
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
                checked={chosen.has(offer.id)}
                disabled={offer.isRouted}
              />
              <code>{offer.id}</code>
            </label>
          ),
        },
        { title: ADMIN.state, cell: (offer) => (offer.isRouted ? say(ADMIN.alreadyThere) : "") },
        { title: ADMIN.operation, cell: ({ guess }) => say(OPERATION_NAMES[guess.operation]) },
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
  const models = data.getAll("model").filter((model) => typeof model === "string");
  const problem = problemIn(visit, data, models);
  if (problem !== undefined) return show(visit, { data, problem });
  for (const model of models) {
    const known = preset?.models.find((one) => one.id === model);
    const refusal = await addOne(visit, {
      id,
      guess: guessOperation(model, text(upstream, "kind")),
      model,
      data,
      known,
    });
    if (refusal !== undefined) return show(visit, { data, problem: `${model}: ${refusal.message}` });
  }
  return redirectTo(visit, `/admin/upstreams/${id}`, "saved");
}

/** What is wrong with a choice, before anything is added. */
function problemIn({ say }: OwnVisit, data: FormData, models: readonly string[]): string | undefined {
  if (models.length > MOST_AT_ONCE) return say(ADMIN.tooManyModels, { n: MOST_AT_ONCE });
  const unreadable = models.filter((model) => amountsIn(data, model) === undefined);
  return unreadable.length === 0 ? undefined : say(TROUBLES.amountsUnreadable, { models: unreadable.join(", ") });
}

interface Addition {
  readonly id: string;
  readonly guess: Guess;
  readonly known: Offer["known"];
  readonly model: string;
  readonly data: FormData;
}

const CONFLICT = 409;
/** D1 allows 1,000 queries in a request, and each model takes several. */
const MOST_AT_ONCE = 50;
async function addOne(visit: OwnVisit, { id, guess, known, model, data }: Addition): Promise<Refusal | undefined> {
  const made = await callApi(visit, "POST", "models", {
    id: model,
    operation: guess.operation,
    ...(known === undefined
      ? {}
      : {
          capabilities: [...known.capabilities],
          context_length: known.contextLength,
          max_output: known.maxOutput,
        }),
  });
  if (!made.ok && made.status !== CONFLICT) return made;
  const { services, context } = visit;
  const priceOf = await services.relay.prices.current(context.env.defer);
  const price = pricesIn(data, model, isInDollars(services) ? known : undefined);
  if (price !== undefined && (made.ok || priceOf(model) === undefined)) {
    const priced = await callApi(visit, "POST", "prices", { model_id: model, ...price });
    if (!priced.ok) return priced;
  }
  const routed = await callApi(visit, "POST", "routes", {
    id: `${id}:${model}`,
    model_id: model,
    upstream_id: id,
    wire: guess.wire,
  });
  return routed.ok || routed.status === CONFLICT ? undefined : routed;
}

/** Empty = no amount was written. undefined = one is written that is no amount, or the other one is missing. */
function amountsIn(data: FormData, model: string): readonly number[] | undefined {
  const written = (["input", "output"] as const).map((side) => textOf(data, `${side}:${model}`));
  if (written.every((one) => one === "")) return [];
  const amounts = written
    .map(decimalNanos)
    .filter((nanos) => nanos !== undefined)
    .filter((nanos) => nanos >= 0 && nanos % THOUSANDS === 0);
  return amounts.length === written.length ? amounts : undefined;
}

/** undefined = no amounts. A proposal that was not edited brings its price of cached tokens along. */
function pricesIn(data: FormData, model: string, known: Offer["known"]): JsonObject | undefined {
  const [input, output] = amountsIn(data, model) ?? [];
  if (input === undefined || output === undefined) return undefined;
  const perThousand = (nanos: number) => nanos / THOUSANDS;
  const isProposal = known !== undefined && input === parseNanos(known.input);
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
