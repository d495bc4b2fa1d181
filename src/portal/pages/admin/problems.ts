/** What needs the operator: one line for each thing that is wrong, with the page where it can be mended. */
import { unitPrice, type Price } from "../../../billing/price.ts";
import { objectsOf, type JsonObject } from "../../../core/json.ts";
import type { Text } from "../../../core/language.ts";
import { COUNTED_UNITS, UNIT_NAMES } from "../../../core/units.ts";
import { paymentOptions } from "../../../payments/options.ts";
import { hasMail } from "../../auth/mail.ts";
import { callApi, flagIn, numberIn, text } from "../../operator-api.ts";
import { ADMIN_ORDERS } from "../../text/admin-orders-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { TROUBLES } from "../../text/admin-troubles-text.ts";
import type { OwnVisit } from "../../visit.ts";

const MOST_ORDERS = "100";
/** Each upstream's object is asked: more would take too long. */
const MOST_UPSTREAMS = 20;
/** So many names stand in a line. */
const MOST_NAMES = 10;

/** By the outcome that made a key cool; others end by themselves. */
const REASONS = new Map<string, Text>([
  ["credential_refused", TROUBLES.refusedKeys],
  ["out_of_funds", TROUBLES.emptyKeys],
]);

export interface Problem {
  readonly text: string;
  readonly path: string;
}

export async function problemsOf(
  visit: OwnVisit,
  upstreams: Promise<readonly JsonObject[]>,
): Promise<readonly Problem[]> {
  const { say } = visit;
  const [health, models, books, outbox, orders] = await Promise.all([
    healthOf(visit, upstreams),
    modelProblems(visit),
    callApi(visit, "GET", "invariants"),
    callApi(visit, "GET", "outbox"),
    callApi(visit, "GET", `orders?needs_a_look=true&limit=${MOST_ORDERS}`),
  ]);
  const looks = orders.ok ? objectsOf(orders.value["data"]).length : 0;
  const wrongSums = books.ok ? objectsOf(books.value["data"]).length : 0;
  const waiting = outbox.ok ? (numberIn(outbox.value, "waiting") ?? 0) : 0;
  return [
    ...health,
    ...models,
    ...(wrongSums === 0 ? [] : [{ text: say(ADMIN.booksWrong, { n: wrongSums }), path: "/admin/accounts" }]),
    ...(looks === 0 ? [] : [{ text: say(ADMIN_ORDERS.look, { n: looks }), path: "/admin/orders?state=look" }]),
    ...settingProblems(visit),
    ...(waiting === 0 ? [] : [{ text: say(ADMIN.outboxWaits, { n: waiting }), path: "/admin/requests" }]),
  ];
}

/** Models that customers cannot have, and those by which the operator loses. */
async function modelProblems({ services, say, context }: OwnVisit): Promise<readonly Problem[]> {
  const [catalogue, priceOf] = await Promise.all([
    services.relay.catalogue.current(context.env.defer),
    services.relay.prices.current(context.env.defer),
  ]);
  const ids = [...catalogue.models.keys()];
  const names = (some: readonly string[]) =>
    some.length <= MOST_NAMES
      ? some.join(", ")
      : say(TROUBLES.andMore, { models: some.slice(0, MOST_NAMES).join(", "), n: some.length - MOST_NAMES });
  const unpriced = ids.filter((id) => priceOf(id) === undefined);
  const unrouted = ids.filter(
    (id) => !(catalogue.routes.get(id) ?? []).some(({ upstream }) => upstream.credentials.length > 0),
  );
  const cheap = ids.filter((id) => isBelowCost(priceOf(id)));
  const endless = [...catalogue.models.values()]
    .filter(({ id, operation }) => operation === "realtime" && isOnlyByRequest(priceOf(id)?.price))
    .map(({ id }) => id);
  return [
    ...(unpriced.length === 0
      ? []
      : [{ text: say(ADMIN.unpriced, { models: names(unpriced) }), path: "/admin/prices/new" }]),
    ...(unrouted.length === 0
      ? []
      : [{ text: say(TROUBLES.unrouted, { models: names(unrouted) }), path: "/admin/routes" }]),
    ...(cheap.length === 0 ? [] : [{ text: say(TROUBLES.belowCost, { models: names(cheap) }), path: "/admin/prices" }]),
    ...(endless.length === 0
      ? []
      : [{ text: say(TROUBLES.onlyByRequest, { models: names(endless) }), path: "/admin/prices/new" }]),
  ];
}

function isOnlyByRequest(price: Price = {}): boolean {
  return unitPrice(price, "request") > 0 && COUNTED_UNITS.every((unit) => unitPrice(price, unit) === 0);
}

function isBelowCost(version: { readonly price: Price; readonly operator: Price | undefined } | undefined): boolean {
  if (version?.operator === undefined) return false;
  const { price, operator } = version;
  return UNIT_NAMES.some((unit) => unitPrice(price, unit) < unitPrice(operator, unit));
}

/** Variables that are half set, or not meant for a public site. */
function settingProblems({ services, say, origin }: OwnVisit): readonly Problem[] {
  const { settings } = services;
  const { problems: wrong, stripe } = paymentOptions(settings);
  const mail = hasMail(services)
    ? []
    : (["MAIL_TOKEN", "MAIL_FROM"] as const).filter((name) => settings[name] !== undefined);
  const risky = origin.startsWith("https:")
    ? (["ALLOW_PRIVATE_UPSTREAMS", "DEV_LOG_LINKS"] as const).filter((name) => settings[name])
    : [];
  const path = "/admin/settings";
  return [
    ...(wrong.length === 0 ? [] : [{ text: say(ADMIN_ORDERS.settings, { names: wrong.join(", ") }), path }]),
    ...(stripe?.livemode === false ? [{ text: say(ADMIN_ORDERS.testMode), path: "/admin/orders" }] : []),
    ...(mail.length === 0 ? [] : [{ text: say(TROUBLES.mailHalf, { names: mail.join(", ") }), path }]),
    ...(risky.length === 0 ? [] : [{ text: say(TROUBLES.forDevelopment, { names: risky.join(", ") }), path }]),
  ];
}

async function healthOf(visit: OwnVisit, listed: Promise<readonly JsonObject[]>): Promise<readonly Problem[]> {
  const enabled = (await listed).filter((row) => !flagIn(row, "disabled"));
  const asked = enabled.slice(0, MOST_UPSTREAMS);
  const found = await Promise.all(asked.map(async (row) => upstreamProblems(visit, row)));
  if (asked.length === enabled.length) return found.flat();
  return [...found.flat(), { text: visit.say(TROUBLES.unasked, { n: asked.length }), path: "/admin/upstreams" }];
}

async function upstreamProblems(visit: OwnVisit, row: JsonObject): Promise<readonly Problem[]> {
  const { say } = visit;
  const id = text(row, "id");
  const path = `upstreams/${encodeURIComponent(id)}`;
  const [health, credentials] = await Promise.all([
    callApi(visit, "GET", `${path}/health`),
    callApi(visit, "GET", `${path}/credentials`),
  ]);
  const all = credentials.ok ? objectsOf(credentials.value["data"]) : [];
  const enabled = new Set(all.filter((one) => !flagIn(one, "disabled")).map((one) => text(one, "id")));
  const open = health.ok ? objectsOf(health.value["routes"]).filter((one) => text(one, "breaker") !== "closed") : [];
  const coolings = health.ok ? objectsOf(health.value["coolings"]) : [];
  const words = [
    ...(health.ok ? [] : [say(ADMIN.unreachable)]),
    ...(enabled.size === 0 ? [say(ADMIN.noKeys)] : []),
    ...(open.length === 0 ? [] : [say(ADMIN.breakersOpen, { n: open.length })]),
    ...coolingWords(visit, coolings, enabled),
  ];
  return words.map((what) => ({
    text: say(ADMIN.upstreamDown, { name: text(row, "name"), what }),
    path: `/admin/upstreams/${id}`,
  }));
}

/** Why keys cool, and what the operator can do. A key that is gone or switched off needs nobody. */
function coolingWords(
  { say }: OwnVisit,
  coolings: readonly JsonObject[],
  enabled: ReadonlySet<string>,
): readonly string[] {
  const byReason = new Map<Text, Set<string>>();
  for (const one of coolings) {
    const credential = text(one, "credential_id");
    if (!enabled.has(credential)) continue;
    const [outcome = ""] = text(one, "why").split(" ");
    const reason = REASONS.get(outcome) ?? ADMIN.coolings;
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(credential));
  }
  return [...byReason].map(([reason, { size }]) => say(reason, { n: size }));
}
