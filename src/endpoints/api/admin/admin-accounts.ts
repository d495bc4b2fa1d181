/** Who pays. The money columns move by entries and charges alone. */
import { object, optional, strictObject, nullable } from "zod/mini";
import { accounts, plans } from "../../../../schema/index.ts";
import { uuidv7 } from "../../../core/id.ts";
import { count, flag, id, label, maybe, money, time } from "../fields.ts";
import { resource } from "./resource.ts";

const changeable = {
  unlimited: optional(flag()),
  overflow: optional(flag()),
  plan_id: maybe(id()),
  plan_expires_at: maybe(time()),
};

export const accountEndpoints = resource({
  noun: "account",
  path: "/admin/api/accounts",
  table: accounts,
  idColumn: accounts.id,
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
  references: { plan_id: plans.id },
  toRow: (_, services) => ({ id: uuidv7(services.now()), createdAt: services.now() }),
});
