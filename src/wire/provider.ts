/**
 * `provider`: which upstreams a client prefers, by their public labels, and what it may cost.
 * @see https://openrouter.ai/docs/features/provider-routing
 */
import { Fault } from "../core/fault.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { SORTS, type Preferences } from "../operation/preferences.ts";
import { shape, type FieldShape } from "./fields/field-table.ts";
import { invalid } from "./invalid.ts";

const MAX_PRICE = shape("prompt completion");
export const PROVIDER = shape(
  "order only ignore allow_fallbacks sort data_collection zdr",
  { max_price: MAX_PRICE },
  { check: refusePromises },
);

/** What `provider` may promise about the client's data. The gateway does not know it of its upstreams. */
function refusePromises({ data_collection: collection, zdr }: JsonObject): void {
  for (const [name, isAsked] of [
    ["data_collection", collection === "deny"],
    ["zdr", zdr === true],
  ] as const) {
    if (!isAsked) continue;
    throw new Fault("unsupported_feature", {
      param: `provider.${name}`,
      detail: {
        en: "'{param}': the gateway cannot promise what its upstreams keep. Leave the field out.",
        zh: "'{param}':网关无法保证上游如何保留数据,请去掉该字段。",
      },
    });
  }
}

/** The members of `provider` that mean nothing here. */
export function unusedPreferences(provider: unknown): string[] {
  if (!isObject(provider)) return [];
  const unused = (place: string, value: unknown, known: FieldShape) =>
    isObject(value) ? Object.keys(value).flatMap((name) => (known.has(name) ? [] : [`${place}.${name}`])) : [];
  return [...unused("provider", provider, PROVIDER), ...unused("provider.max_price", provider["max_price"], MAX_PRICE)];
}

const MAX_LABELS = 50;

/** undefined = the client prefers nothing. @throws Fault `invalid_parameter` */
export function readPreferences(provider: unknown): Preferences | undefined {
  if (provider === undefined || provider === null) return undefined;
  if (!isObject(provider)) throw invalid("provider", "must be an object", "必须是对象");
  const { allow_fallbacks: fallbacks, sort, max_price: maxPrice } = provider;
  if (fallbacks !== undefined && fallbacks !== null && typeof fallbacks !== "boolean") {
    throw invalid("provider.allow_fallbacks", "must be true or false", "必须是 true 或 false");
  }
  const preferences: Preferences = {
    order: labelsIn(provider, "order"),
    only: labelsIn(provider, "only"),
    ignore: labelsIn(provider, "ignore"),
    hasFallbacks: fallbacks !== false,
    sort: sortIn(sort),
    ...pricesIn(maxPrice),
  };
  const { hasFallbacks, ...wishes } = preferences;
  return hasFallbacks && Object.values(wishes).every((wish) => wish === undefined) ? undefined : preferences;
}

/** Labels in lower case. */
function labelsIn(provider: JsonObject, name: string): readonly string[] | undefined {
  const labels = provider[name];
  if (labels === undefined || labels === null) return undefined;
  const isLabel = (label: unknown) => typeof label === "string" && label.trim() !== "";
  if (!Array.isArray(labels) || labels.length > MAX_LABELS || !labels.every(isLabel)) {
    throw invalid(
      `provider.${name}`,
      `must be an array of at most ${MAX_LABELS} labels`,
      `必须是数组,最多 ${MAX_LABELS} 个名称`,
    );
  }
  return (labels as string[]).map((label) => label.trim().toLowerCase());
}

function sortIn(sort: unknown): Preferences["sort"] {
  if (sort === undefined || sort === null) return undefined;
  const known = SORTS.find((one) => one === sort);
  if (known === undefined)
    throw invalid("provider.sort", `must be one of ${SORTS.join(", ")}`, `须为 ${SORTS.join("、")} 之一`);
  return known;
}

/** What clients give in units of the site's currency for a million tokens, also as a text. */
function pricesIn(maxPrice: unknown): Pick<Preferences, "maxPromptPrice" | "maxOutputPrice"> {
  if (maxPrice === undefined || maxPrice === null) return { maxPromptPrice: undefined, maxOutputPrice: undefined };
  if (!isObject(maxPrice)) throw invalid("provider.max_price", "must be an object", "必须是对象");
  return { maxPromptPrice: priceIn(maxPrice, "prompt"), maxOutputPrice: priceIn(maxPrice, "completion") };
}

function priceIn(maxPrice: JsonObject, name: string): number | undefined {
  const value = maxPrice[name];
  if (value === undefined || value === null) return undefined;
  const price = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof price === "number" && price >= 0 && Number.isFinite(price)) return price;
  throw invalid(`provider.max_price.${name}`, "must be a number that is not negative", "必须是非负数");
}
