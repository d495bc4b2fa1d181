/** The form of a key: its name, limits and rights, in a list that new and old keys share. */
import { and, eq } from "drizzle-orm";
import { groups } from "../../../../schema/index.ts";
import { RATIO_ONE } from "../../../billing/price.ts";
import { Fault } from "../../../core/fault.ts";
import { formatDecimal, formatNanos } from "../../../core/money.ts";
import type { ApiKey } from "../../../accounts/keys.ts";
import type { Services } from "../../../services.ts";
import { filled, refuse, type Choice, type FormState, type Ruled } from "../../form.ts";
import { amount, checked, lines, named, whole } from "../../rules.ts";
import { KEYS } from "../../text/keys-text.ts";
import { RULES } from "../../text/rules-text.ts";
import type { OwnVisit } from "../../visit.ts";

const RATIO_DECIMALS = 6;
const DAY_MS = 86_400_000;
const CURRENT = "current";

/** Groups that people may choose. */
export async function offeredGroups({ db }: Services) {
  return db
    .select()
    .from(groups)
    .where(and(eq(groups.offered, true), eq(groups.disabled, false)))
    .orderBy(groups.name)
    .limit(100);
}

const quota = (label: (typeof KEYS)["day"]) =>
  ({ label, hint: KEYS.amountHint, input: "decimal", maxLength: 20, isExtra: true, rule: amount }) as const;

/** @param current the key's group, which it keeps even where people may not choose it */
export async function keyFields(visit: OwnVisit, current: string | null) {
  const { services, say } = visit;
  const offered = await offeredGroups(services);
  const most = services.settings.KEY_REQUESTS_PER_MINUTE;
  const isOffered = offered.some(({ id }) => id === current);
  const choices: readonly Choice[] = [
    ...(current === null || isOffered ? [] : [{ value: CURRENT, label: current }]),
    { value: "", label: KEYS.noGroup },
    ...offered.map(({ id, name, ratioPpm }) => ({
      value: id,
      label:
        ratioPpm === RATIO_ONE
          ? name
          : say(KEYS.groupPrice, { name, ratio: formatDecimal(BigInt(ratioPpm), RATIO_DECIMALS) }),
    })),
  ];
  const group = (text: string): Ruled<string | null> => {
    if (text === CURRENT) return { value: current };
    return { value: offered.find(({ id }) => id === text)?.id ?? null };
  };
  return {
    name: {
      label: KEYS.name,
      hint: KEYS.nameHint,
      input: "text",
      required: true,
      maxLength: 60,
      rule: named(KEYS.nameProblem),
    },
    group: {
      label: KEYS.group,
      hint: KEYS.groupHint,
      input: choices.length > 1 ? "select" : "hidden",
      choices,
      rule: group,
    },
    quotaDay: quota(KEYS.day),
    quotaMonth: quota(KEYS.month),
    quotaTotal: quota(KEYS.total),
    perMinute: {
      label: KEYS.perMinute,
      hint: replaced(KEYS.perMinuteHint, String(most)),
      input: "number",
      isExtra: true,
      rule: whole(1, most),
    },
    models: { label: KEYS.models, hint: KEYS.modelsHint, input: "lines", isExtra: true, rule: lines },
    addresses: { label: KEYS.addresses, hint: KEYS.addressesHint, input: "lines", isExtra: true, rule: lines },
    expires: {
      label: KEYS.expires,
      input: "date",
      isExtra: true,
      rule: (text: string) => lastDay(text, services.now()),
    },
    manages: { label: KEYS.manages, hint: KEYS.managesHint, input: "checkbox", isExtra: true, rule: checked },
  } as const;
}

function replaced({ en, zh }: (typeof KEYS)["day"], most: string) {
  return { en: en.replaceAll("{most}", most), zh: zh.replaceAll("{most}", most) };
}

type KeyValues = {
  readonly [Name in Exclude<keyof Awaited<ReturnType<typeof keyFields>>, "name">]: Awaited<
    ReturnType<typeof keyFields>
  >[Name]["rule"] extends (text: string) => Ruled<infer Value>
    ? Value
    : never;
};

/** What the form sets of a key. */
export function keySettings(values: KeyValues) {
  return {
    groupId: values.group,
    quotaDayNanos: values.quotaDay,
    quotaMonthNanos: values.quotaMonth,
    quotaTotalNanos: values.quotaTotal,
    requestsPerMinute: values.perMinute,
    allowedModels: values.models,
    allowedIps: values.addresses,
    expiresAt: values.expires,
    managesAccount: values.manages,
  };
}

/** The form of a key as it stands. */
export function sentOf(key: ApiKey): FormState {
  const decimal = (nanos: number | null) => (nanos === null ? undefined : formatNanos(nanos));
  return filled({
    name: key.name,
    group: key.groupId ?? "",
    quotaDay: decimal(key.quotaDayNanos),
    quotaMonth: decimal(key.quotaMonthNanos),
    quotaTotal: decimal(key.quotaTotalNanos),
    perMinute: key.requestsPerMinute,
    models: key.allowedModels?.join("\n"),
    addresses: key.allowedIps?.join("\n"),
    expires: key.expiresAt === null ? undefined : new Date(key.expiresAt - 1).toISOString().slice(0, 10),
    manages: key.managesAccount ? "on" : undefined,
  });
}

/** The key works to the end of the day, in UTC. */
function lastDay(text: string, nowMs: number): Ruled<number | null> {
  if (text === "") return { value: null };
  const start = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(start)) return { problem: RULES.date };
  return start + DAY_MS <= nowMs ? { problem: RULES.future } : { value: start + DAY_MS };
}

/** What `accounts/keys.ts` refuses, at the field of the form. @throws any other error */
export function explainKeyFault(error: unknown, sent: FormState["sent"]): FormState {
  const param = error instanceof Fault ? (error.options.param ?? "") : "";
  const [, name = "", position = ""] = /^(allowedModels|allowedIps)\.(\d+)$/.exec(param) ?? [];
  if (name === "") throw error;
  const [field, problem] =
    name === "allowedModels" ? (["models", KEYS.unknownModel] as const) : (["addresses", KEYS.wrongAddress] as const);
  const written = lines(sent[field] ?? "");
  const value = "value" in written ? (written.value?.[Number(position)] ?? "") : "";
  return refuse(sent, field, { problem, values: { value } });
}
