/** Requests that are forms, read and edited as those in JSON are. */
import { fieldPart, textOfPart, type Form, type FormPart } from "../core/form-parts.ts";
import { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import { applyPolicy } from "./fields/field-edits.ts";
import { words, type FieldTable } from "./fields/field-table.ts";
import { invalid } from "./invalid.ts";
import { jsonOf, textBytes } from "./request-members.ts";
import type { Outgoing, Target } from "./types.ts";
import { textOrEmpty } from "./values.ts";

/** What a client wrote, in JSON or in the fields of a form. */
export interface Body {
  readonly value: JsonObject;
  /** Of the text: a form's without its files. */
  readonly bytes: number;
}

/** @throws Fault `bad_json` for a payload that is neither */
export function bodyOf(payload: Payload): Body {
  if (payload.kind !== "form") {
    const { value, text } = jsonOf(payload);
    return { value, bytes: textBytes(text) };
  }
  const value = fieldsOf(payload.form);
  // As they are read: bytes that are no text become longer.
  const texts = Object.entries(value).flatMap(([name, one]) => [name, one].flat().map(String));
  return { value, bytes: texts.reduce((sum, text) => sum + textBytes(text), 0) };
}

/** The files of a form under a name, also where the name ends in `[]`. */
export function filesIn(payload: Payload, name: string): readonly FormPart[] {
  return payload.kind === "form" ? payload.form.filter((part) => isFile(part) && baseOf(part) === name) : [];
}

/** @throws Fault `invalid_parameter` for a file in a field that holds none: some servers would take it for the field's value */
export function refuseOtherFiles(payload: Payload, fields: FieldTable, allowed: ReadonlySet<string>): void {
  if (payload.kind !== "form") return;
  const name = payload.form
    .filter(isFile)
    .map(baseOf)
    .find((one) => fields.has(one) && !allowed.has(one));
  if (name !== undefined) throw invalid(name, "must not be a file", "不能是文件");
}

function isFile({ filename }: FormPart): boolean {
  return filename !== undefined;
}

/** The name without what marks a list: `image[]`, `image[0]`. */
function baseOf({ name }: FormPart): string {
  return name.replace(/\[\d*\]$/, "");
}

/** Fields of any wire that are numbers or truths. */
const NO_TEXTS: ReadonlySet<string> = new Set(
  words(`n stream partial_images output_compression temperature seed width height steps num_inference_steps guidance
    guidance_scale cfg_scale strength watermark complexity frame_count frame_duration_ms prompt_extend`),
);

/** Fields as JSON has them: numbers and truths as such, and what comes several times, or as `name[]`, as a list. */
function fieldsOf(form: Form): JsonObject {
  const fields = new Map<string, unknown>();
  for (const part of form) {
    if (isFile(part)) continue;
    const name = baseOf(part);
    const value = NO_TEXTS.has(name) ? valueOf(textOfPart(part)) : textOfPart(part);
    const known = fields.get(name);
    const isList = name !== part.name || known !== undefined;
    const list = Array.isArray(known) ? (known as unknown[]) : known === undefined ? [] : [known];
    fields.set(name, isList ? [...list, value] : value);
  }
  return Object.fromEntries(fields);
}

function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

/** The client's form for an upstream of the same wire, with the route's model. Files pass where their field may. */
export function writeForm(form: Form, target: Target, fields: FieldTable): Outgoing {
  const written = fieldsOf(form);
  const draft = new JsonDraft({ ...written });
  const dropped = applyPolicy(draft, fields, target, new Set());
  draft.set("model", target.model);
  const files = form.filter(isFile);
  const sent = files.filter((part) => fields.get(baseOf(part))?.rule === "pass" || target.fields === "open");
  const lost = new Set(files.filter((part) => !sent.includes(part)).map(baseOf));
  const kept = form.filter((part) => !isFile(part) && draft.value[baseOf(part)] === written[baseOf(part)]);
  const replaced = Object.entries(draft.value).flatMap(([name, value]) =>
    value === undefined || value === written[name] ? [] : [fieldPart(name, textOrEmpty(value))],
  );
  return { payload: { kind: "form", form: [...kept, ...replaced, ...sent] }, dropped: [...dropped, ...lost] };
}
