/** Holds values against JSON schemas. */
import { registerSchema, validate, type Output } from "@hyperjump/json-schema/openapi-3-1";

const OPENAPI = "https://spec.openapis.org/oas/3.1/schema-base";

let registered = 0;

/** The errors of a value against a schema; empty when it fits. */
export async function misfits(schema: object, value: unknown): Promise<readonly Output[]> {
  const id = `https://gateway.test/schema-${registered++}`;
  registerSchema({ $schema: "https://json-schema.org/draft/2020-12/schema", ...schema }, id);
  return errorsOf(id, value);
}

/** The errors of a document against OpenAPI 3.1. */
export async function openApiErrors(document: unknown): Promise<readonly Output[]> {
  return errorsOf(OPENAPI, document);
}

async function errorsOf(schemaId: string, value: unknown): Promise<readonly Output[]> {
  const validator = await validate(schemaId);
  const output = validator(value as Parameters<typeof validator>[0], "BASIC");
  return output.valid ? [] : [output];
}
