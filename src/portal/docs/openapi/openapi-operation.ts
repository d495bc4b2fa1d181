/** One endpoint at one mount, as an operation of OpenAPI. Pure. */
import { isObject, objectsOf, type JsonObject } from "../../../core/json.ts";
import { FAULTS } from "../../../core/fault.ts";
import { DOCS } from "../../text/docs-text.ts";
import { titled } from "../blocks.ts";
import { endpointId } from "../endpoint-blocks.ts";
import { causeOf } from "../remedies.ts";
import type { DocPage, EndpointDoc, Mount, Parameter, Sample, Words } from "../types.ts";
import { errorContent, errorForm, errorStatus } from "./error-schemas.ts";
import { fieldDescription, fieldSchema, objectSchema, requestSchema, type FieldWords } from "./field-schema.ts";
import { anyKey, isKeyHeader } from "./key-schemes.ts";

export interface Described {
  readonly page: DocPage;
  readonly doc: EndpointDoc;
  readonly mount: Mount;
}

export interface OperationWriting {
  readonly origin: string;
  readonly say: (words: Words) => string;
  /** The operation as the account API describes it, at a path of that API. */
  readonly own: JsonObject | undefined;
}

/** The name of a page's operations: the last word of its path. */
export function tagOf({ path }: DocPage): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function operationOf(described: Described, { origin, say, own }: OperationWriting): JsonObject {
  const { page, doc, mount } = described;
  const words: FieldWords = { say, defaultTitle: DOCS.default };
  const shape = own === undefined ? shapeOf(doc, mount, words) : ownShape(own, doc, words);
  return {
    operationId: operationId(doc.method, mount + doc.path),
    tags: [tagOf(page)],
    summary: mount === doc.surfaces[0] ? say(doc.title) : `${say(doc.title)} (${mount})`,
    description: [doc.summary, doc.when, titled(DOCS.charged, doc.charged), ...doc.notes].map(say).join("\n\n"),
    externalDocs: { url: `${origin}${page.path}#${endpointId(doc)}` },
    ...shape,
    responses: { ...errorResponses(doc, mount, say), ...(isObject(shape["responses"]) ? shape["responses"] : {}) },
  };
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** What goes in and comes out, by the docs. */
function shapeOf(doc: EndpointDoc, mount: Mount, words: FieldWords): JsonObject {
  const { parameters, method, answer } = doc;
  const body = fieldsAt(doc, mount);
  const samples = samplesAt(doc, mount);
  return {
    security: securityOf(doc, mount),
    parameters: parameters
      .filter(({ place, name }) => place !== "body" && !(place === "header" && isKeyHeader(name)))
      .map((parameter) => ({
        name: parameter.name,
        in: parameter.place,
        required: parameter.required === "yes",
        description: fieldDescription(parameter, words),
        schema: fieldSchema(parameter),
      })),
    ...(method === "POST" && body.length > 0
      ? {
          requestBody: {
            required: true,
            content: contentOf(requestType(body), requestSchema(body, words), requestsOf(samples, words)),
          },
        }
      : {}),
    responses: answersOf(doc, samples, objectSchema(answer, words), words),
  };
}

/** A body with a file is a form. */
function requestType(fields: readonly Parameter[]): string {
  return fields.some(({ type }) => type === "file") ? "multipart/form-data" : "application/json";
}

/** The fields of a body at a mount. */
function fieldsAt({ parameters }: EndpointDoc, mount: Mount): readonly Parameter[] {
  return parameters
    .filter(({ place, onlyAt = mount }) => place === "body" && onlyAt === mount)
    .map((field) => (field.optionalAt === mount ? { ...field, required: "no" } : field));
}

/** What goes in and comes out, by the account API; the docs say what it means. */
function ownShape(own: JsonObject, doc: EndpointDoc, words: FieldWords): JsonObject {
  const { say } = words;
  const { parameters, requestBody, responses, security } = own;
  const [first] = objectsOf(security);
  const scopes = first?.["key"];
  const told = (parameter: JsonObject) => doc.parameters.find(({ name }) => name === parameter["name"]);
  return {
    security: first === undefined ? [] : anyKey("", scopes),
    parameters: objectsOf(parameters).map((parameter) => {
      const field = told(parameter);
      return field === undefined ? parameter : { ...parameter, description: fieldDescription(field, words) };
    }),
    ...(isObject(requestBody)
      ? {
          requestBody: {
            ...requestBody,
            content: withExamples(requestBody["content"], requestsOf(doc.samples, words)),
          },
        }
      : {}),
    responses: Object.fromEntries(
      Object.entries(isObject(responses) ? responses : {}).map(([status, response]) => {
        if (!isObject(response) || status === "default") return [status, response];
        const content = withExamples(response["content"], answerExamples(doc.samples, words));
        return [status, { description: say(DOCS.sampleAnswer), content }];
      }),
    ),
  };
}

/** The samples of a mount, or all where none is of that mount: they hold there, too. */
function samplesAt({ samples }: EndpointDoc, mount: Mount): readonly Sample[] {
  const own = samples.filter(({ request }) => mount !== "" && request.path.startsWith(`${mount}/`));
  return own.length > 0 ? own : samples;
}

function securityOf({ parameters }: EndpointDoc, mount: Mount): readonly JsonObject[] {
  const keys = parameters.filter(({ place, name }) => place === "header" && isKeyHeader(name));
  if (keys.length === 0) return [];
  return [...anyKey(mount), ...(keys.some(({ required }) => required === "yes") ? [] : [{}])];
}

type Examples = Readonly<Record<string, JsonObject>>;

function requestsOf(samples: readonly Sample[], { say }: FieldWords): Examples {
  return Object.fromEntries(
    samples.flatMap(({ id, name, request: { body, files } }) =>
      body === undefined ? [] : [[id, { summary: say(name), value: { ...body, ...files } }]],
    ),
  );
}

function answerExamples(samples: readonly Sample[], { say }: FieldWords): Examples {
  return Object.fromEntries(samples.map(({ id, name, answer }) => [id, { summary: say(name), value: answer }]));
}

/** An endpoint that answers nothing but errors has no samples. A mount may lack a sample of a form in which it answers. */
function answersOf(
  { parameters, samples: all, media = [] }: EndpointDoc,
  samples: readonly Sample[],
  schema: JsonObject,
  words: FieldWords,
): JsonObject {
  if (all.length === 0) return {};
  const isStream = ({ answer }: Sample) => typeof answer === "string";
  const isWhole = (sample: Sample) => !isStream(sample);
  const asksForStream = parameters.some(({ name }) => name === "stream");
  const asksForEvents = parameters.some(({ name }) => name === "alt");
  const content = {
    ...Object.fromEntries(media.map((type) => [type, { schema: { type: "string", format: "binary" } }])),
    ...(all.some(isWhole) ? jsonContent(schema, answerExamples(samples.filter(isWhole), words)) : {}),
    ...(asksForEvents ? jsonContent({ type: "array", items: schema }, {}) : {}),
    ...(asksForStream || all.some(isStream)
      ? contentOf("text/event-stream", { type: "string" }, answerExamples(samples.filter(isStream), words))
      : {}),
  };
  return { 200: { description: words.say(DOCS.sampleAnswer), content } };
}

function jsonContent(schema: JsonObject, examples: Examples): JsonObject {
  return contentOf("application/json", schema, examples);
}

function contentOf(type: string, schema: JsonObject, examples: Examples): JsonObject {
  return { [type]: Object.keys(examples).length === 0 ? { schema } : { schema, examples } };
}

function withExamples(content: unknown, examples: Examples): unknown {
  const json = isObject(content) ? content["application/json"] : undefined;
  return isObject(json) && Object.keys(examples).length > 0 ? { "application/json": { ...json, examples } } : content;
}

function errorResponses(doc: EndpointDoc, mount: Mount, say: (words: Words) => string): JsonObject {
  const content = errorContent(errorForm(doc, mount));
  const byStatus = Object.groupBy(doc.errors, (name) => String(errorStatus(doc, mount, name)));
  const told = Object.entries(byStatus).map(([status, names = []]) => {
    const causes = names.map((name) => `- ${say(titled(`\`${FAULTS[name].code ?? name}\``, causeOf(name)))}`);
    return [status, { description: causes.join("\n"), content }];
  });
  return { ...Object.fromEntries(told), default: { description: say(DOCS.errors), content } } as JsonObject;
}
