/** What requests in JSON have in common whose answers come whole. */
import { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import { draftPayload, type Payload } from "../core/payload.ts";
import type { Demand } from "../operation/demand.ts";
import type { Operation } from "../operation/operations.ts";
import { applyPolicy } from "./fields/field-edits.ts";
import { readFees } from "./fields/field-policy.ts";
import type { FieldTable } from "./fields/field-table.ts";
import { bodyOf, writeForm } from "./form-request.ts";
import { readPreferences } from "./provider.ts";
import { jsonOf, readModels } from "./request-members.ts";
import type { ClientRequest, Outgoing, Target, Wire } from "./types.ts";

type Read = Pick<ClientRequest, "promptText" | "tokenIds"> & {
  readonly operation: Operation;
  readonly fields: FieldTable;
  /** The model, where it does not stand in the body's `model`. */
  readonly model?: unknown;
} & Partial<Omit<Demand, "model">>;

/** @throws Fault `invalid_parameter`, `unsupported_feature` */
export function readWhole(
  wire: Wire,
  payload: Payload,
  { fields, promptText, tokenIds, ...read }: Read,
): ClientRequest {
  const { value: body, bytes } = bodyOf(payload);
  const { model = body["model"], ...demand } = read;
  readFees(body, fields);
  const preferences = readPreferences(body["provider"]);
  return {
    wire,
    payload,
    demand: {
      ...readModels({ model, models: body["models"] }),
      maxOutput: 0,
      promptBytes: bytes,
      choices: 1,
      needs: new Map(),
      ...(preferences === undefined ? {} : { preferences }),
      ...demand,
    },
    stream: false,
    wantsUsage: false,
    session: undefined,
    promptText,
    ...(tokenIds === undefined ? {} : { tokenIds }),
  };
}

/** The client's payload for an upstream of the same wire, with the route's model. */
export function writeWhole({ payload }: ClientRequest, target: Target, fields: FieldTable): Outgoing {
  if (payload.kind === "form") return writeForm(payload.form, target, fields);
  const { value, text } = jsonOf(payload);
  const draft = new JsonDraft({ ...value }, text);
  const dropped = applyPolicy(draft, fields, target, new Set());
  draft.set("model", target.model);
  return { payload: draftPayload(draft), dropped };
}

/** The names in a body that no neutral form holds, but for those that the gateway itself acts on. */
export function leftOut(body: JsonObject, known: ReadonlySet<string>, fields: FieldTable): string[] {
  return Object.keys(body).filter((name) => {
    const rule = fields.get(name)?.rule;
    return !known.has(name) && rule !== "account" && rule !== "gateway";
  });
}
