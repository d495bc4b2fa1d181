/** What an operator can set of an account. */
import type { JsonObject } from "../../../core/json.ts";
import { filled, type FormState } from "../../form.ts";
import { flagIn, text, timeIn } from "../../operator-api.ts";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { choice, choicesOf, day, flag, word } from "./admin-fields.ts";

export async function settingFields(visit: OwnVisit) {
  return {
    name: word({ label: ADMIN.name, isRequired: true }),
    plan_id: choice({
      label: ADMIN_ACCOUNTS.plan,
      choices: await choicesOf(visit, "plans", { value: "", label: "–" }),
    }),
    plan_expires_at: day({ label: ADMIN_ACCOUNTS.planUntil }),
    overflow: flag({ label: ADMIN_ACCOUNTS.overflow }),
    unlimited: flag({ label: ADMIN_ACCOUNTS.isUnlimited }),
    disabled: flag({ label: ADMIN.disabled }),
  };
}

/** The settings as they stand. */
export function storedSettings(account: JsonObject): FormState {
  const plan = timeIn(account, "plan_expires_at");
  return filled({
    name: text(account, "name"),
    plan_id: text(account, "plan_id"),
    plan_expires_at: plan === undefined ? undefined : new Date(plan).toISOString().slice(0, 10),
    overflow: flagIn(account, "overflow") ? "on" : undefined,
    unlimited: flagIn(account, "unlimited") ? "on" : undefined,
    disabled: flagIn(account, "disabled") ? "on" : undefined,
  });
}
