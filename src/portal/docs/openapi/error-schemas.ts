/** The bodies of errors, a schema a dialect. That of `/v1` and `/xlei/v1` is the account API's own, so it is not here. */
import { Fault, type FaultName } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import { midjourneyDialect } from "../../../wire/midjourney/dialect.ts";
import type { Dialect } from "../../../wire/types.ts";
import { xleiDialect } from "../../../wire/xlei/dialect.ts";
import type { EndpointDoc, Mount } from "../types.ts";

export type ErrorForm = "openai" | "anthropic" | "gemini" | "kling" | "midjourney";

/** The names of the schemas in the document. */
const NAMES: Readonly<Record<ErrorForm, string>> = {
  openai: "Error",
  anthropic: "AnthropicError",
  gemini: "GeminiError",
  kling: "KlingError",
  midjourney: "MidjourneyError",
};

export const ERROR_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [NAMES.anthropic]: {
    type: "object",
    required: ["type", "error", "request_id"],
    properties: {
      type: { const: "error", type: "string" },
      error: {
        type: "object",
        required: ["type", "message"],
        properties: { type: { type: "string" }, message: { type: "string" } },
      },
      request_id: { type: "string" },
    },
  },
  [NAMES.gemini]: {
    type: "object",
    required: ["error"],
    properties: {
      error: {
        type: "object",
        required: ["code", "message", "status"],
        properties: {
          code: { type: "integer" },
          message: { type: "string" },
          status: { type: "string" },
          details: { type: "array", items: { type: "object", additionalProperties: true } },
        },
      },
    },
  },
  [NAMES.kling]: {
    type: "object",
    required: ["code", "message", "request_id"],
    properties: { code: { type: "integer" }, message: { type: "string" }, request_id: { type: "string" } },
  },
  [NAMES.midjourney]: {
    type: "object",
    required: ["code", "description", "type", "result"],
    properties: {
      code: { type: "integer" },
      description: { type: "string" },
      type: { const: "upstream_error", type: "string" },
      result: { type: "null" },
      properties: { type: "object", additionalProperties: true },
    },
  },
};

/** The mounts of modes are as the one without. */
function familyOf(mount: Mount): Mount {
  return mount.startsWith("/mj-") ? "/mj" : mount;
}

/** Mounts whose errors have a form of their own. */
const FORMS: Readonly<Partial<Record<Mount, ErrorForm>>> = {
  "/v1beta": "gemini",
  "/kling/v1": "kling",
  "/mj": "midjourney",
};

/** Mounts whose errors have statuses of their own. */
const STATUSES: Readonly<Partial<Record<Mount, Dialect>>> = { "/xlei/v1": xleiDialect, "/mj": midjourneyDialect };

/** How an endpoint tells errors at a mount. */
export function errorForm({ errorForm: own }: Pick<EndpointDoc, "errorForm">, mount: Mount): ErrorForm {
  return own ?? FORMS[familyOf(mount)] ?? "openai";
}

/** The HTTP status of an error at a mount. */
export function errorStatus(doc: Pick<EndpointDoc, "errorForm">, mount: Mount, name: FaultName): number {
  const fault = new Fault(name);
  return doc.errorForm === undefined
    ? (STATUSES[familyOf(mount)]?.status(fault) ?? fault.row.status)
    : fault.row.status;
}

export function errorContent(form: ErrorForm): JsonObject {
  return { "application/json": { schema: { $ref: `#/components/schemas/${NAMES[form]}` } } };
}
