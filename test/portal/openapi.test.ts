/** `/openapi.json`: valid OpenAPI 3.1, of all that is served, and true of every sample. */
import { describe, expect, it } from "vitest";
import { FAULTS, Fault, type FaultName } from "../../src/core/fault.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { accountDocument } from "../../src/endpoints/api/index.ts";
import { dialectOf, SURFACES, surfaceOf } from "../../src/endpoints/surfaces.ts";
import { DOC_PAGES, endpointDocs } from "../../src/portal/docs/index.ts";
import { objectSchema } from "../../src/portal/docs/openapi/field-schema.ts";
import { openApiDocument, openApiFragment } from "../../src/portal/docs/openapi/openapi-document.ts";
import { causeOf } from "../../src/portal/docs/remedies.ts";
import { misfits, openApiErrors } from "../support/json-schema.ts";
import { factsWith } from "./doc-facts.ts";

interface Media {
  readonly schema: JsonObject;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly JsonObject[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: JsonObject }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly description?: string; readonly content: Record<string, Media> }>;
}

interface Document {
  readonly openapi: string;
  readonly servers: unknown;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, JsonObject>;
    readonly securitySchemes: Record<string, JsonObject>;
  };
}

const FACTS = factsWith();
const documentIn = (language: "en" | "zh") =>
  openApiDocument(DOC_PAGES, { facts: FACTS, accountApi: accountDocument(), language }) as unknown as Document;
const DOCUMENT = documentIn("en");
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** Every object in a value, with the names that lead to it. */
function* objectsIn(
  value: unknown,
  names: readonly string[] = [],
): Generator<readonly [readonly string[], JsonObject]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [names, value as JsonObject];
  for (const [name, inner] of Object.entries(value)) yield* objectsIn(inner, [...names, name]);
}

describe("the document", () => {
  it("is OpenAPI 3.1 in both languages", async () => {
    for (const language of ["en", "zh"] as const) expect(await openApiErrors(documentIn(language))).toEqual([]);
    expect(await openApiErrors({ ...DOCUMENT, paths: { "no-slash": {} } })).not.toEqual([]);
    expect(DOCUMENT.servers).toEqual([{ url: FACTS.origin }]);
    expect(documentIn("zh").paths["/v1/chat/completions"]?.["post"]).not.toEqual(
      DOCUMENT.paths["/v1/chat/completions"]?.["post"],
    );
  });

  it("has Chinese punctuation in Chinese", () => {
    // The API's own messages are shown as they are.
    const api = (Object.keys(FAULTS) as FaultName[]).map((name) => causeOf(name).zh);
    const wrong = [...objectsIn(documentIn("zh"))].flatMap(([, { description }]) =>
      (typeof description === "string" ? description : "")
        .split("\n")
        .filter((line) => /[\u4e00-\u9fff][:;?!]/.test(line) && !api.some((text) => line.endsWith(text))),
    );
    expect(wrong).toEqual([]);
  });

  it("describes what the docs describe, at each mount, and nothing of operators", () => {
    const described = endpointDocs(FACTS).flatMap(({ method, path, surfaces, alsoAt = [] }) =>
      [...surfaces, ...alsoAt].map((mount) => `${method} ${mount}${path}`),
    );
    expect(described).toContain("POST /mj-turbo/mj/submit/{step}");
    expect(OPERATIONS.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(described.toSorted());
    expect(JSON.stringify(DOCUMENT)).not.toContain("/admin");
  });

  it("has no names of its own making", () => {
    const own = [...objectsIn(DOCUMENT)].flatMap(([names, value]) =>
      names.includes("examples") ? [] : Object.keys(value).filter((name) => name.startsWith("x-")),
    );
    // Names of headers that carry the key.
    expect([...new Set(own)]).toEqual(["x-api-key", "x-goog-api-key"]);
  });

  it("names each operation once, its path's parameters, and a page that is listed", () => {
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index || !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([]);
    const pages = DOCUMENT.tags.map(({ name }) => name);
    for (const { path, operation } of OPERATIONS) {
      const named = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => `{${name}}`);
      expect(named, path).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(pages, path).toContain(operation.tags[0]);
    }
  });

  it("takes what the account API takes, and answers what it answers, as its own document says", () => {
    const own = accountDocument() as unknown as Document;
    const schemasOf = (operation: Operation | undefined) => [
      operation?.requestBody?.content["application/json"]?.schema,
      operation?.responses["200"]?.content["application/json"]?.schema,
      operation?.parameters.map(({ name }) => name),
    ];
    for (const [path, methods] of Object.entries(own.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        expect(schemasOf(DOCUMENT.paths[path]?.[method]), path).toEqual(schemasOf(operation));
      }
    }
    // Only a key that manages its account may redeem a code.
    expect(DOCUMENT.paths["/api/redeem"]?.["post"]?.security).toContainEqual({ "x-api-key": ["manager"] });
  });

  it("tells every query of the account API, with its limits, as the API has it", () => {
    const own = accountDocument() as unknown as Document;
    const queries = (parameters: readonly { readonly name: string; readonly in: string }[]) =>
      parameters.flatMap(({ name, in: place }) => (place === "query" ? [name] : [])).toSorted();
    for (const doc of endpointDocs(FACTS)) {
      for (const mount of doc.surfaces) {
        const known = own.paths[mount + doc.path]?.[doc.method.toLowerCase()];
        if (known === undefined) continue;
        const told = doc.parameters.map(({ name, place }) => ({ name, in: place as string }));
        expect(queries(told), doc.path).toEqual(queries(known.parameters));
        const limit = known.parameters.find(({ name }) => name === "limit");
        if (limit === undefined) continue;
        const { default: usual, minimum, maximum } = limit.schema;
        expect(doc.parameters, doc.path).toContainEqual(
          expect.objectContaining({
            name: "limit",
            default: String(usual),
            range: `${String(minimum)}–${String(maximum)}`,
          }),
        );
      }
    }
  });

  it("tells how lists of the vendors' forms are paged", () => {
    const queries = (path: string) =>
      DOCUMENT.paths[path]?.["get"]?.parameters.flatMap(({ name, in: place }) => (place === "query" ? [name] : []));
    expect(queries("/v1/models")).toEqual(["limit", "after_id", "before_id", "pageSize", "pageToken"]);
    for (const path of ["/v1/responses/{id}/input_items", "/v1/conversations/{id}/items"])
      expect(queries(path)).toEqual(["limit", "order", "after"]);
  });

  it("shows the samples of a path, or those of the first mount", () => {
    const shown = (path: string, method: string) =>
      Object.keys(DOCUMENT.paths[path]?.[method]?.responses["200"]?.content["application/json"]?.examples ?? {});
    expect(shown("/v1beta/models", "get")).toEqual(["google"]);
    expect(shown("/v1/models", "get")).toEqual(["openai", "public", "anthropic"]);
    expect(shown("/xlei/v1/messages", "post")).toEqual(shown("/v1/messages", "post"));
    expect(shown("/v1/messages", "post")).toContain("first");
    const streams = DOCUMENT.paths["/xlei/v1/chat/completions"]?.["post"]?.responses["200"]?.content;
    expect(Object.keys(streams?.["text/event-stream"]?.examples ?? {})).toEqual(["xlei"]);
  });

  it("takes unknown fields in every request to a model", () => {
    for (const { path, operation } of OPERATIONS) {
      if (path.startsWith("/api/")) continue;
      for (const [names, schema] of objectsIn(operation.requestBody?.content["application/json"]?.schema)) {
        if ([schema["type"]].flat().includes("object"))
          expect(schema["additionalProperties"], `${path} ${names.join(".")}`).toBe(true);
      }
    }
  });

  it("lets the body decide on /xlei/v1 whether it is a chat or a completion, as the gateway does", async () => {
    const takes = async (path: string, body: JsonObject) => {
      const { schema = {} } = DOCUMENT.paths[path]?.["post"]?.requestBody?.content["application/json"] ?? {};
      return (await misfits(schema, body)).length === 0;
    };
    const [prompt, messages] = [{ prompt: "Hi" }, { messages: [{ role: "user", content: "Hi" }] }];
    for (const path of ["/xlei/v1/chat/completions", "/xlei/v1/completions"]) {
      expect([await takes(path, prompt), await takes(path, messages)], path).toEqual([true, true]);
      expect(await takes(path, { prompt: 1 }), path).toBe(false);
      expect(await takes(path, { messages: "Hi" }), path).toBe(false);
    }
    expect([await takes("/v1/chat/completions", prompt), await takes("/v1/completions", messages)]).toEqual([
      false,
      false,
    ]);
  });

  it("takes null for what may be left out of a request to a model", async () => {
    for (const { path, operation } of OPERATIONS) {
      const { schema, examples = {} } = operation.requestBody?.content["application/json"] ?? {};
      const [sample] = Object.values(examples);
      if (path.startsWith("/api/") || schema === undefined || sample === undefined) continue;
      const required = (schema["required"] ?? []) as readonly string[];
      for (const name of Object.keys(schema["properties"] ?? {})) {
        const found = await misfits(schema, { ...(sample.value as JsonObject), [name]: null });
        expect(found.length === 0, `${path} ${name}`).toBe(!required.includes(name));
      }
    }
  });

  it("tells every form of an answer that a request can ask for", () => {
    const formsOf = (path: string) =>
      Object.keys(DOCUMENT.paths[path]?.["post"]?.responses["200"]?.content ?? {}).toSorted();
    for (const mount of ["/v1", "/xlei/v1"]) {
      for (const path of ["/chat/completions", "/completions", "/responses", "/messages"])
        expect(formsOf(mount + path), mount + path).toEqual(["application/json", "text/event-stream"]);
      expect(formsOf(`${mount}/models/{model}:generateContent`)).toEqual(["application/json"]);
      // Without `alt=sse` it answers one array.
      expect(formsOf(`${mount}/models/{model}:streamGenerateContent`)).toEqual([
        "application/json",
        "text/event-stream",
      ]);
      expect(formsOf(`${mount}/responses/input_tokens`)).toEqual(["application/json"]);
    }
  });

  it("refers to schemas that are there", () => {
    const wrong = [...objectsIn(DOCUMENT)].flatMap(([, { $ref }]) =>
      typeof $ref === "string" && !($ref.replace("#/components/schemas/", "") in DOCUMENT.components.schemas)
        ? [$ref]
        : [],
    );
    expect(wrong).toEqual([]);
  });

  it("tells where each surface looks for the key", () => {
    for (const { path, operation } of OPERATIONS) {
      const named = operation.security.flatMap((each) => Object.keys(each));
      if (operation.security.length === 0) continue;
      const places = surfaceOf(path).keyPlaces.map((place) => ("header" in place ? place.header : place.query));
      expect(named, path).toEqual([...new Set(places)]);
    }
    const open = OPERATIONS.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
    const pictures = ["/mj", "/mj-fast/mj", "/mj-relax/mj", "/mj-turbo/mj"].flatMap((mount) => [
      `${mount}/image/{id}`,
      `${mount}/video/{id}`,
    ]);
    expect(open.toSorted()).toEqual([...pictures, "/status.json", "/api/openapi.json"].toSorted());
    const schemes = Object.keys(DOCUMENT.components.securitySchemes);
    const all = SURFACES.flatMap(({ keyPlaces }) =>
      keyPlaces.map((place) => ("header" in place ? place.header : place.query)),
    );
    expect(schemes.toSorted()).toEqual([...new Set(all)].toSorted());
  });

  it.each(OPERATIONS.map(({ method, path, operation }) => [`${method} ${path}`, operation] as const))(
    "%s: its samples are what its schemas say",
    async (name, { requestBody, responses }) => {
      const { 200: success, ...failures } = responses;
      const media = [requestBody, success].flatMap((part) => Object.values(part?.content ?? {}));
      for (const { schema, examples = {} } of media) {
        for (const [id, { value }] of Object.entries(examples)) {
          expect(await misfits(schema, value), `${name} ${id}: ${JSON.stringify(value)}`).toEqual([]);
        }
      }
      expect(Object.keys(failures), name).toContain("default");
    },
  );

  it.each(OPERATIONS.map(({ method, path, operation }) => [`${method} ${path}`, path, operation] as const))(
    "%s: tells errors with the status of its surface",
    (_name, path, { responses }) => {
      const dialect = dialectOf(surfaceOf(path), path.replaceAll(/[{}]/g, ""), new Headers());
      for (const [status, { description }] of Object.entries(responses)) {
        if (status === "default") continue;
        const told = (Object.keys(FAULTS) as FaultName[]).filter((fault) =>
          (description ?? "").includes(`: ${causeOf(fault).en}`),
        );
        const statuses = new Set(told.map((fault) => dialect.status(new Fault(fault))));
        expect([...statuses], status).toEqual(status === "200" ? [] : [Number(status)]);
      }
    },
  );

  it("asks for at least one message", async () => {
    for (const [path, field] of [
      ["/v1/chat/completions", "messages"],
      ["/v1/messages", "messages"],
      ["/v1beta/models/{model}:generateContent", "contents"],
    ] as const) {
      const { schema } = DOCUMENT.paths[path]?.["post"]?.requestBody?.content["application/json"] ?? {};
      const reasons = JSON.stringify(await misfits(schema ?? {}, { [field]: [] }));
      expect(reasons, path).toContain(field);
    }
  });

  it.each(OPERATIONS.map(({ method, path, operation }) => [`${method} ${path}`, path, operation] as const))(
    "%s: tells errors as its surface does",
    async (_name, path, { responses }) => {
      const { schema } = responses["default"]?.content["application/json"] ?? {};
      const known = DOCUMENT.components.schemas[String(schema?.["$ref"]).replace("#/components/schemas/", "")];
      const dialect = dialectOf(surfaceOf(path), path.replaceAll(/[{}]/g, ""), new Headers());
      for (const name of Object.keys(FAULTS) as FaultName[]) {
        const body = dialect.body(new Fault(name), "en", { legacyCodes: false, requestId: "req_1" });
        expect(await misfits(known ?? { not: {} }, body), JSON.stringify(body)).toEqual([]);
      }
    },
  );
});

describe("the fragment of a page", () => {
  it("is the part of the document that the page describes, without the samples", () => {
    const writing = { facts: FACTS, accountApi: accountDocument(), language: "en" } as const;
    const fragments = DOC_PAGES.map((page) => openApiFragment(page, writing));
    const found = fragments.flatMap((fragment) => Object.keys(fragment?.["paths"] ?? {}));
    const expected = endpointDocs(FACTS).map(({ surfaces, path }) => (surfaces[0] ?? "") + path);
    expect(new Set(found)).toEqual(new Set(expected));
    expect(JSON.stringify(fragments)).not.toContain('"examples"');
    expect(fragments.filter((fragment) => fragment === undefined).length).toBeGreaterThan(10);
  });
});

describe("the schema of fields", () => {
  const schemaOf = (name: string, type: string, range?: string) =>
    objectSchema([{ name, type, description: { en: "d", zh: "d" }, ...(range === undefined ? {} : { range }) }], {
      say: () => "d",
      defaultTitle: { en: "", zh: "" },
    })["properties"];

  it.each([
    ["a", "integer", "1–128", { a: { type: "integer", minimum: 1, maximum: 128, description: "d" } }],
    ["a", "number", "-2–2", { a: { type: "number", minimum: -2, maximum: 2, description: "d" } }],
    ["a", "string", "1–255", { a: { type: "string", minLength: 1, maxLength: 255, description: "d" } }],
    ["a", "string[]", "≤ 10", { a: { type: "array", items: { type: "string" }, maxItems: 10, description: "d" } }],
    ["a", "string | null", undefined, { a: { anyOf: [{ type: "string" }, { type: "null" }], description: "d" } }],
    [
      "a[].b.c",
      "boolean",
      undefined,
      {
        a: {
          type: "array",
          items: {
            type: "object",
            additionalProperties: true,
            properties: {
              b: {
                type: "object",
                additionalProperties: true,
                properties: { c: { type: "boolean", description: "d" } },
              },
            },
          },
        },
      },
    ],
  ])("%s: %s %s", (name, type, range, schema) => expect(schemaOf(name, type, range)).toEqual(schema));

  it("refuses what it cannot read", () => {
    expect(() => schemaOf("a", "colour")).toThrow("unknown type: colour");
    expect(() => schemaOf("a", "integer", "some")).toThrow("unknown range: some");
  });
});
