/** Turns an issue of a schema into a fault that a person can act on. */
import { safeParse } from "zod/mini";
import { Fault } from "../../core/fault.ts";
import type { Text } from "../../core/language.ts";
import type { Schema } from "./api-endpoint.ts";

/** @throws Fault `invalid_parameter` that names the field and what it must be */
export function parseWith<Value>(schema: Schema<Value>, value: unknown): Value {
  const result = safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as Issue | undefined;
  const param = [...(issue?.path ?? []), ...(issue?.keys?.slice(0, 1) ?? [])].map(String).join(".") || "body";
  throw new Fault("invalid_parameter", { param, detail: describe(issue) });
}

/** The properties of zod's issues that are used. */
interface Issue {
  readonly code?: string;
  readonly path?: readonly PropertyKey[];
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  readonly origin?: string;
  readonly format?: string;
  /** Set by our own checks; see `rule` in `fields.ts`. */
  readonly params?: { readonly text?: Text };
}

function describe(issue: Issue | undefined): Text {
  const unit =
    issue?.origin === "string"
      ? { en: " characters", zh: " 个字符" }
      : issue?.origin === "array"
        ? { en: " items", zh: " 项" }
        : { en: "", zh: "" };
  switch (issue?.code ?? "") {
    case "unrecognized_keys":
      return { en: "'{param}' is not a field here.", zh: "不存在字段 '{param}'。" };
    case "invalid_type":
      return {
        en: `'{param}' must be of type ${issue?.expected ?? "another"}.`,
        zh: `'{param}' 的类型必须是 ${issue?.expected ?? "其他类型"}。`,
      };
    case "invalid_value": {
      const choices = (issue?.values ?? []).map((choice) => JSON.stringify(choice)).join(", ");
      return { en: `'{param}' must be one of ${choices}.`, zh: `'{param}' 必须是以下之一:${choices}。` };
    }
    case "too_small": {
      const bound = `${issue?.inclusive === false ? "> " : "≥ "}${String(issue?.minimum)}`;
      return { en: `'{param}' must be ${bound}${unit.en}.`, zh: `'{param}' 必须 ${bound}${unit.zh}。` };
    }
    case "too_big": {
      const bound = `${issue?.inclusive === false ? "< " : "≤ "}${String(issue?.maximum)}`;
      return { en: `'{param}' must be ${bound}${unit.en}.`, zh: `'{param}' 必须 ${bound}${unit.zh}。` };
    }
    case "custom": {
      const text = issue?.params?.text ?? { en: "is invalid", zh: "无效" };
      return { en: `'{param}' ${text.en}.`, zh: `'{param}' ${text.zh}。` };
    }
    case "invalid_format": {
      const form = FORMS[issue?.format ?? ""];
      if (form === undefined) return { en: "'{param}' has an invalid form.", zh: "'{param}' 的格式无效。" };
      return { en: `'{param}' must be ${form.en}.`, zh: `'{param}' 必须是${form.zh}。` };
    }
    default:
      return { en: "'{param}' has an invalid form.", zh: "'{param}' 的格式无效。" };
  }
}

const FORMS: Readonly<Record<string, Text>> = {
  datetime: { en: "a time in UTC such as 2026-01-31T08:00:00Z", zh: " UTC 时间,例如 2026-01-31T08:00:00Z" },
  date: { en: "a day such as 2026-01-31", zh: "日期,例如 2026-01-31" },
};
