/**
 * The public API as an OpenAPI document: the endpoints of the docs, at each of their mounts. What goes in and out of the account
 * API is taken from the document that its own schemas make. Pure.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Language } from "../../../core/language.ts";
import { DOCS } from "../../text/docs-text.ts";
import { titled } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import { wordsIn } from "../marks.ts";
import type { DocPage, Words } from "../types.ts";
import { ERROR_SCHEMAS } from "./error-schemas.ts";
import { KEY_SCHEMES } from "./key-schemes.ts";
import { operationOf, tagOf, type Described } from "./openapi-operation.ts";

export interface OpenApiWriting {
  readonly facts: Facts;
  /** The account API's document. */
  readonly accountApi: JsonObject;
  readonly language: Language;
}

export function openApiDocument(docs: readonly DocPage[], writing: OpenApiWriting): JsonObject {
  const { origin, siteName } = writing.facts;
  const { say, own } = tools(writing);
  const pages = docs.filter(({ endpoints }) => endpoints !== undefined);
  return {
    openapi: "3.1.0",
    info: { title: siteName, version: own("info")["version"], description: say(DOCS.openApi) },
    servers: [{ url: origin }],
    externalDocs: { url: `${origin}/docs` },
    tags: pages.map((page) => ({ name: tagOf(page), description: say(titled(page.title, page.summary)) })),
    paths: pathsOf(
      pages.flatMap((page) => describedOn(page, writing.facts)),
      writing,
    ),
    components: { securitySchemes: KEY_SCHEMES, schemas: { ...own("components", "schemas"), ...ERROR_SCHEMAS } },
  };
}

/** The part of the document that describes the endpoints of one page, each at its first mount; undefined = it has none. */
export function openApiFragment(page: DocPage, writing: OpenApiWriting): JsonObject | undefined {
  const described = describedOn(page, writing.facts).filter(({ doc, mount }) => doc.surfaces[0] === mount);
  return described.length === 0 ? undefined : { paths: withoutExamples(pathsOf(described, writing)) };
}

function describedOn(page: DocPage, facts: Facts): readonly Described[] {
  return (page.endpoints?.(facts) ?? []).flatMap((doc) =>
    [...doc.surfaces, ...(doc.alsoAt ?? [])].map((mount) => ({ page, doc, mount })),
  );
}

function pathsOf(described: readonly Described[], writing: OpenApiWriting): JsonObject {
  const { say, own } = tools(writing);
  const paths: Record<string, JsonObject> = {};
  for (const each of described) {
    const path = each.mount + each.doc.path;
    const method = each.doc.method.toLowerCase();
    const known = own("paths", path)[method];
    const operation = operationOf(each, {
      origin: writing.facts.origin,
      say,
      own: isObject(known) ? known : undefined,
    });
    paths[path] = { ...paths[path], [method]: operation };
  }
  return paths;
}

function tools({ facts: { origin }, accountApi, language }: OpenApiWriting) {
  return {
    /** Links lead from the document to this site. */
    say: (words: Words) => wordsIn(words, language).replaceAll("](/", `](${origin}/`),
    /** A part of the account API's document; empty where there is none. */
    own: (...names: readonly string[]): JsonObject =>
      names.reduce((part: JsonObject, name) => {
        const inner = part[name];
        return isObject(inner) ? inner : {};
      }, accountApi),
  };
}

/** A copy without the samples, which stand elsewhere on the page. */
function withoutExamples(document: JsonObject): JsonObject {
  return JSON.parse(
    JSON.stringify(document, (name, value: unknown) => (name === "examples" ? undefined : value)),
  ) as JsonObject;
}
