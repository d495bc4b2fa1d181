/** `/openapi.json` as a running gateway serves it, and what the gateway does where it has no portal. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { misfits, openApiErrors } from "../../support/json-schema.ts";
import { ADMIN_TOKEN, startPortal, type PortalStage } from "./stage.ts";

const LONGEST = 60_000;

interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly servers: unknown;
  readonly paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, { readonly content: Content }>;
}

type Content = Record<
  string,
  { readonly schema: object; readonly examples?: Record<string, { readonly value: unknown }> }
>;

describe("/openapi.json", () => {
  let stage: PortalStage;
  let url: string;
  beforeAll(async () => {
    stage = await startPortal();
    ({ url } = stage.gateway);
  });
  afterAll(async () => stage.close());

  it("is valid, public, for the site at which it is asked, and short enough to load", async () => {
    const answer = await fetch(`${url}/openapi.json`, { headers: { "accept-language": "en" } });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "public, max-age=300",
      "access-control-allow-origin": "*",
      vary: "Accept, Accept-Language, Cookie",
    });
    const text = await answer.text();
    const document = JSON.parse(text) as Document;
    expect(await openApiErrors(document)).toEqual([]);
    expect(document.servers).toEqual([{ url }]);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(["/v1/chat/completions", "/v1beta/models/{model}:generateContent", "/api/account"]),
    );
    expect(gzipSync(text).length).toBeLessThan(LONGEST);
  });

  it("is the same for operators, and in the reader's language", async () => {
    const read = async (headers: Record<string, string>) =>
      (await (await fetch(`${url}/openapi.json`, { headers })).json()) as Document;
    const english = await read({ "accept-language": "en" });
    expect(await read({ "accept-language": "en", authorization: `Bearer ${ADMIN_TOKEN}` })).toEqual(english);
    const chinese = await read({ "accept-language": "zh-CN" });
    expect(chinese.info.description).toMatch(/接口/);
    expect(Object.keys(chinese.paths)).toEqual(Object.keys(english.paths));
  });

  it.each([
    ["POST", "/v1/chat/completions", {}],
    ["POST", "/xlei/v1/completions", {}],
    ["POST", "/v1/responses", {}],
    ["POST", "/v1/responses/input_tokens", {}],
    ["POST", "/v1/conversations", {}],
    ["POST", "/v1/messages", {}],
    ["POST", "/v1/messages/count_tokens", {}],
    ["POST", "/v1beta/models/{model}:generateContent", { model: "auto" }],
    ["POST", "/v1beta/models/{model}:countTokens", { model: "auto" }],
    ["GET", "/v1/models", {}],
    ["GET", "/v1beta/models/{id}", { id: "auto" }],
    ["GET", "/status.json", {}],
    ["GET", "/api/account", {}],
    ["GET", "/api/prices", {}],
  ] as const)("is true: %s %s answers its first sample as it says", async (method, template, values) => {
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
    const { requestBody, responses } = paths[template]?.[method.toLowerCase()] ?? {};
    const { examples = {} } = requestBody?.content["application/json"] ?? {};
    const [sample] = Object.values(examples);
    const path = Object.entries(values).reduce(
      (text, [name, value]) => text.replace(`{${name}}`, value),
      template as string,
    );
    const answer = await fetch(url + path, {
      method,
      headers: { "x-api-key": stage.gateway.key, "content-type": "application/json" },
      ...(sample === undefined ? {} : { body: JSON.stringify(sample.value) }),
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    const schema = responses?.["200"]?.content["application/json"]?.schema ?? { not: {} };
    expect(await misfits(schema, JSON.parse(text)), text).toEqual([]);
  });

  it("ends the Markdown of a page of endpoints, and of no other", async () => {
    const twin = async (path: string) =>
      (await fetch(`${url}${path}.md`, { headers: { "accept-language": "en" } })).text();
    const text = await twin("/docs/api/chat-completions");
    const [, fragment = ""] = /\n## OpenAPI\n\n.*\n\n\*\*OpenAPI\*\*\n\n```json\n(.*)\n```\n$/.exec(text) ?? [];
    const { paths } = JSON.parse(fragment) as Document;
    expect(Object.keys(paths)).toEqual(["/v1/chat/completions"]);
    expect(await twin("/docs/limits")).not.toContain("OpenAPI");
  });
});

describe("without the portal", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(async () => gateway.close());

  it("there is no /openapi.json; the account API still describes itself", async () => {
    const { url } = gateway;
    const answer = await fetch(`${url}/openapi.json`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 1006 });
    expect((await fetch(`${url}/api/openapi.json`)).status).toBe(200);
  });
});
