/** The OpenAPI document of our own API, built from the schemas that validate it. */
import { toJSONSchema } from "zod/mini";
import { version } from "../../../package.json";
import { isRole } from "../../access/operator-store.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ApiEndpoint, Schema } from "./api-endpoint.ts";

/** @see https://spec.openapis.org/oas/v3.1.0 */
export function openApi(endpoints: readonly ApiEndpoint[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const endpoint of endpoints) {
    for (const path of [endpoint.path, ...(endpoint.aliases ?? [])]) {
      const key = path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}");
      paths[key] = { ...paths[key], [endpoint.method.toLowerCase()]: describe(endpoint, key) };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Token Gateway",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description:
        "Account and operator API. Money is integer nanos (1e-9 of the site's currency); times are ISO 8601 UTC.",
    },
    servers: [{ url: "/" }],
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key of the gateway." },
        operator: { type: "http", scheme: "bearer", description: "The token of an operator." },
      },
      schemas: { Error: ERROR_SCHEMA },
    },
    paths,
  };
}

function describe(
  { summary, tag, access, fieldRoles, status = 200, params, query, body, result, method }: ApiEndpoint,
  path: string,
): JsonObject {
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase())}`,
    summary,
    tags: [tag],
    security:
      access === "anyone"
        ? []
        : [isRole(access) ? { operator: [access] } : { key: access === "manager" ? [access] : [] }],
    ...(fieldRoles === undefined ? {} : { "x-field-roles": fieldRoles }),
    parameters: [...parameters(params, "path"), ...parameters(query, "query")],
    ...(body === undefined ? {} : { requestBody: { required: true, content: jsonContent(schemaOf(body, "input")) } }),
    responses: {
      [status]: { description: "Success", content: jsonContent(schemaOf(result, "output")) },
      default: { description: "Failure", content: jsonContent({ $ref: "#/components/schemas/Error" }) },
    },
  };
}

function parameters(schema: Schema | undefined, place: "path" | "query"): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: Schema, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...rest } = toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonObject;
  return rest;
}

function jsonContent(schema: JsonObject): JsonObject {
  return { "application/json": { schema } };
}

const ERROR_SCHEMA = {
  type: "object",
  required: ["error", "code", "message", "data"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        param: { type: ["string", "null"] },
        code: { type: ["string", "null"] },
      },
    },
    code: { type: "integer" },
    message: { type: "string" },
    data: { type: "null" },
  },
};
