/** Accounts. Only entries and charges change their money columns. */
import { object, optional, strictObject, nullable } from "zod/mini";
import { changeAccount, createAccount, listAccounts, readAccount } from "../../../accounts/accounts.ts";
import { count, flag, id, label, maybe, money, time } from "../fields.ts";
import { argumentsOf } from "../views.ts";
import { resource } from "./resource.ts";

const changeable = {
  unlimited: optional(flag()),
  overflow: optional(flag()),
  plan_id: maybe(id()),
  plan_expires_at: maybe(time()),
};

export const accountEndpoints = resource({
  noun: "account",
  writer: "support",
  // What costs or gives money.
  fieldRoles: { unlimited: "finance", overflow: "finance", plan_id: "finance", plan_expires_at: "finance" },
  path: "/admin/api/accounts",
  create: strictObject({ name: label(), ...changeable }),
  update: strictObject({ name: optional(label()), disabled: optional(flag()), ...changeable }),
  view: object({
    id: id(),
    name: label(),
    disabled: flag(),
    ...money("balance", "held"),
    open_charges: count(),
    unlimited: flag(),
    plan_id: nullable(id()),
    plan_expires_at: nullable(time()),
    overflow: flag(),
    created_at: time(),
  }),
  rows: {
    list: listAccounts,
    create: async (services, body) => createAccount(services, argumentsOf(body)),
    read: readAccount,
    change: async (services, id, body) => changeAccount(services, id, argumentsOf(body)),
  },
});
