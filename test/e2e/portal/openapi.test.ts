/** `/openapi.json` as a running gateway serves it, and what the gateway does where it has no portal. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { openApiErrors } from "../../support/json-schema.ts";
import { ADMIN_TOKEN, startPortal, type PortalStage } from "./stage.ts";

const LONGEST = 60_000;

interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly servers: unknown;
  readonly paths: Record<string, object>;
}

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
