/** Plans, to which accounts subscribe, and groups, to which keys belong. */
import { int, maximum, minimum, nullable, number, object, optional, strictObject } from "zod/mini";
import { changeGroup, createGroup, listGroups, readGroup } from "../../../accounts/groups.ts";
import { changePlan, createPlan, listPlans, readPlan } from "../../../accounts/plans.ts";
import {
  count,
  flag,
  id,
  label,
  maybe,
  maybeMoney,
  money,
  nanos,
  newId,
  positiveCount,
  positiveNanos,
  time,
} from "../fields.ts";
import { argumentsOf } from "../views.ts";
import { resource } from "./resource.ts";

const planFields = {
  tier: optional(count()),
  allowance_nanos: maybe(positiveNanos()),
  allowance_requests: maybe(positiveCount()),
  price_nanos: optional(nanos()),
  period_days: maybe(positiveCount().check(maximum(36_500))),
};

export const planEndpoints = resource({
  noun: "plan",
  writer: "finance",
  path: "/admin/api/plans",
  create: strictObject({ id: optional(newId()), name: label(), ...planFields }),
  update: strictObject({ name: optional(label()), disabled: optional(flag()), ...planFields }),
  view: object({
    id: id(),
    name: label(),
    tier: count(),
    ...maybeMoney("allowance"),
    allowance_requests: nullable(count()),
    ...money("price"),
    period_days: nullable(count()),
    disabled: flag(),
    created_at: time(),
  }),
  rows: {
    list: listPlans,
    create: async (services, body) => createPlan(services, argumentsOf(body)),
    read: readPlan,
    change: async (services, id, body) => changePlan(services, id, argumentsOf(body)),
  },
});

/** Parts per million of the price; up to a thousand times the price. */
const ratio = () => number().check(int(), minimum(0), maximum(1_000_000_000));

export const groupEndpoints = resource({
  noun: "group",
  writer: "finance",
  path: "/admin/api/groups",
  create: strictObject({
    id: optional(newId()),
    name: label(),
    ratio_ppm: optional(ratio()),
    offered: optional(flag()),
  }),
  update: strictObject({
    name: optional(label()),
    ratio_ppm: optional(ratio()),
    offered: optional(flag()),
    disabled: optional(flag()),
  }),
  view: object({ id: id(), name: label(), ratio_ppm: count(), offered: flag(), disabled: flag(), created_at: time() }),
  rows: {
    list: listGroups,
    create: async (services, body) => createGroup(services, argumentsOf(body)),
    read: readGroup,
    change: async (services, id, body) => changeGroup(services, id, argumentsOf(body)),
  },
});
