/** The exported configuration holds all that the operator API lets one set, but for secrets. */
import { expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { wholeDocument } from "../../src/endpoints/api/index.ts";
import { KINDS } from "../../src/portal/configuration.ts";

interface Operation {
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: JsonObject } } };
}

const { paths } = wholeDocument() as unknown as { paths: Record<string, Record<string, Operation>> };

const fieldsOf = (path: string, method: string) =>
  Object.keys(paths[path]?.[method]?.requestBody?.content["application/json"].schema["properties"] ?? {}).toSorted();

/** They are sealed, and belong to one site. */
const SECRET = new Set(["credentials", "credential"]);

it.each(KINDS)("has all fields of $api", ({ api, create, change }) => {
  const known = (fields: readonly string[]) => fields.filter((name) => !SECRET.has(name));
  expect(known(fieldsOf(`/admin/api/${api}`, "post"))).toEqual([...create].toSorted());
  expect(known(fieldsOf(`/admin/api/${api}/{id}`, "patch"))).toEqual([...change].toSorted());
});
