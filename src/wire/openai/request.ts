/** What chat and completions requests share. */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload } from "../../core/payload.ts";
import { leastUsage, type Fee } from "../../core/units.ts";
import type { ClientRequest, Outgoing, Target } from "../types.ts";
import { applyPolicy, copyToEdit } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import type { FieldTable } from "../fields/field-table.ts";
import { readPreferences } from "../provider.ts";
import { jsonOf, numberOfChoices, positiveInteger, readModels, readStream } from "../request-members.ts";

const NO_FEES: ReadonlySet<Fee> = new Set();

/** The fields in which models take a cap on the output. */
const CAP_FIELDS = ["max_tokens", "max_completion_tokens"] as const;

/** Reads the fields that both wires share. @throws Fault `invalid_parameter`, `unsupported_feature` */
export function readCommon(body: JsonObject, table: FieldTable) {
  const fees = readFees(body, table);
  const { stream_options: options, prompt_cache_key: session, service_tier: tier } = body;
  const preferences = readPreferences(body["provider"]);
  return {
    demand: {
      ...readModels(body),
      maxOutput: largest(positiveInteger(body, "max_completion_tokens"), positiveInteger(body, "max_tokens")),
      choices: numberOfChoices(body, "n"),
      ...(preferences === undefined ? {} : { preferences }),
      ...(fees.size === 0 ? {} : { fees, units: leastUsage(fees) }),
      ...(fees.has("tier") && typeof tier === "string" ? { attributes: { tier } } : {}),
    },
    stream: readStream(body),
    wantsUsage: isObject(options) && options["include_usage"] === true,
    session: typeof session === "string" && session !== "" ? session : undefined,
  };
}

/** The larger of two caps. Both fields may be set, and upstreams differ in which of them they obey. */
function largest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

/** The client's payload, edited for an upstream of the same wire. What is inside the fields that pass is kept. */
export function writeSameWire({ payload, demand }: ClientRequest, target: Target, table: FieldTable): Outgoing {
  const { value, text } = jsonOf(payload);
  const { fees = NO_FEES } = demand;
  const { stream_options: options } = value;
  const copy = copyToEdit(value, target, fees);
  if (isObject(options)) copy["stream_options"] = { ...options };
  const draft = new JsonDraft(copy, text);
  const dropped = applyPolicy(draft, table, target, fees);
  draft.set("model", target.model);
  draft.set("stream", target.stream);
  if (target.outputCap !== undefined) {
    // In the field that the route's model obeys alone: a hold relies on it, and upstreams refuse a request with two caps.
    for (const field of CAP_FIELDS) if (field !== target.outputCap.field) draft.set(field, undefined);
    draft.set(target.outputCap.field, target.outputCap.tokens);
  }
  if (!target.stream || !target.asksUsage) draft.set("stream_options", undefined);
  else draft.ownObject("stream_options").set("include_usage", true);
  return { payload: draftPayload(draft), dropped };
}
