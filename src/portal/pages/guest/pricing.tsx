/** `/pricing`: what each model costs, takes and how it does. */
import type { ModelStatusView } from "../../../health/status-document.ts";
import type { PriceVersion } from "../../../billing/price-list.ts";
import { RATIO_ONE } from "../../../billing/price.ts";
import { OPERATIONS } from "../../../operation/operations.ts";
import { publicRoutes } from "../../../routing/catalogue.ts";
import { AUTO } from "../../../routing/plan.ts";
import type { Model } from "../../../routing/route.ts";
import { offeredGroups } from "../app/key-form.tsx";
import type { Content, Page } from "../../page.ts";
import { Copyable } from "../../parts/copy.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Notice } from "../../parts/frame.tsx";
import { ModelState } from "../../parts/model-state.tsx";
import { Table } from "../../parts/table.tsx";
import { otherRates, quotedNanos } from "../../prices.ts";
import { readStatus } from "../../status.ts";
import { CAPABILITY_NAMES, MODELS, OPERATION_NAMES } from "../../text/models-text.ts";
import type { Visit } from "../../visit.ts";

interface Offer {
  readonly model: Model;
  readonly price: PriceVersion["price"];
  readonly status: ModelStatusView | undefined;
}

async function pricing(visit: Visit): Promise<Content> {
  const { services, say, site, person, format, context } = visit;
  const { defer } = context.env;
  const [catalogue, priceOf, status, groups] = await Promise.all([
    services.relay.catalogue.current(defer),
    services.relay.prices.current(defer),
    readStatus(visit),
    person === undefined ? [] : offeredGroups(services),
  ]);
  const { q = "", kind = "", group = "" } = context.req.query();
  const ratio = groups.find(({ id }) => id === group)?.ratioPpm ?? RATIO_ONE;
  const offers = [...publicRoutes(catalogue, (model) => priceOf(model) !== undefined).keys()].flatMap((id): Offer[] => {
    const model = catalogue.models.get(id);
    const price = priceOf(id)?.price;
    return model === undefined || price === undefined
      ? []
      : [{ model, price, status: status.models.find((one) => one.id === id) }];
  });
  const word = q.trim().toLowerCase();
  const found = offers.filter(
    ({ model }) => model.id.toLowerCase().includes(word) && (kind === "" || model.operation === kind),
  );
  const mayRead = person !== undefined || site.publicPrices;
  const cost = (offer: Offer, unit: "input" | "cachedRead" | "output") =>
    mayRead ? format.amount(quotedNanos(offer.price, unit, ratio)) : "";
  return {
    title: MODELS.pricing,
    body: (
      <>
        <p>{say(MODELS.perMillion)}</p>
        {mayRead ? null : (
          <Notice kind="info">
            <a href="/sign-in?to=/pricing">{say(MODELS.signInForPrices)}</a>
          </Notice>
        )}
        <Filters
          visit={visit}
          submit={MODELS.show}
          filters={[
            { name: "q", label: MODELS.search },
            {
              name: "kind",
              label: MODELS.kind,
              choices: [
                { value: "", label: MODELS.any },
                ...OPERATIONS.map((operation) => ({ value: operation, label: OPERATION_NAMES[operation] })),
              ],
            },
            ...(groups.length === 0
              ? []
              : [
                  {
                    name: "group",
                    label: MODELS.group,
                    choices: [
                      { value: "", label: MODELS.standard },
                      ...groups.map(({ id, name }) => ({ value: id, label: name })),
                    ],
                  },
                ]),
          ]}
        />
        {offers.some(({ model }) => model.autoWeight > 0) ? (
          <p>
            <Copyable visit={visit} text={AUTO} what={say(MODELS.model)} /> {say(MODELS.auto)}
          </p>
        ) : null}
        <Table
          visit={visit}
          caption={MODELS.pricing}
          rows={found}
          empty={offers.length === 0 ? MODELS.none : MODELS.noMatch}
          columns={[
            {
              title: MODELS.model,
              isHead: true,
              cell: ({ model }) => <Copyable visit={visit} text={model.id} what={say(MODELS.model)} />,
            },
            { title: MODELS.kind, cell: ({ model }) => say(OPERATION_NAMES[model.operation]) },
            { title: MODELS.input, isNumber: true, cell: (offer) => cost(offer, "input") },
            { title: MODELS.cached, isNumber: true, cell: (offer) => cost(offer, "cachedRead") },
            { title: MODELS.output, isNumber: true, cell: (offer) => cost(offer, "output") },
            {
              title: MODELS.more,
              cell: (offer) =>
                mayRead ? otherRates(visit, offer.price, ratio).map((text) => <div>{text}</div>) : null,
            },
            {
              title: MODELS.context,
              isNumber: true,
              cell: ({ model }) =>
                model.contextLength === null ? say(MODELS.notKnown) : format.number(model.contextLength),
            },
            {
              title: MODELS.capabilities,
              cell: ({ model }) => format.list([...model.capabilities].map((one) => say(CAPABILITY_NAMES[one]))),
            },
            {
              title: MODELS.tier,
              cell: ({ model }) => (model.tier === 0 ? say(MODELS.allTiers) : format.number(model.tier)),
            },
            {
              title: MODELS.state,
              cell: ({ status: known }) => <ModelState visit={visit} state={known?.state ?? "unknown"} />,
            },
          ]}
        />
      </>
    ),
  };
}

export const PRICING_PAGES: readonly Page[] = [{ path: "/pricing", access: "everyone", get: pricing }];
