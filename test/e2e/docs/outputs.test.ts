/** The documentation in all its forms: pages and their Markdown, the lists for agents and search engines, headers, weight. */
import { gzipSync } from "node:zlib";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { models } from "../../../schema/index.ts";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { FormClient, startPortal, type PortalStage } from "../portal/stage.ts";
import { apiPaths, codeBlocks, readTwin } from "./twins.ts";

const MAX_PAGE_BYTES = 25_000;
const MAX_LIST_BYTES = 8192;
const MAX_WHOLE_BYTES = 450_000;

/** The one of the demo's that samples show. */
const NAMED_MODEL = "deepseek-reasoner";

let stage: PortalStage;
let url: string;
let paths: readonly string[];

beforeAll(async () => {
  stage = await startPortal();
  ({ url } = stage.gateway);
  const map = await text("/sitemap.xml");
  paths = [...map.matchAll(/<loc>[^<]*?(\/docs[^<]*)<\/loc>/g)].map(([, path = ""]) => path);
});
afterAll(async () => stage.close());

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url + path, { headers: { accept: "text/html", "accept-language": "en", ...headers } });
}

async function text(path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await get(path, headers);
  expect(answer.status, path).toBe(200);
  return answer.text();
}

describe("a page and its twin", () => {
  it.each(["en", "zh"] as const)("hold the same words and the same code: %s", async (language) => {
    for (const path of paths) {
      const html = body(await text(path, { "accept-language": language }));
      const markdown = await readTwin(url, path, { language });
      expect(codeIn(html).toSorted(), path).toEqual(
        codeBlocks(markdown)
          .map((block) => block.text)
          .toSorted(),
      );
      expect(wordsIn(withoutTags(html)), path).toEqual(wordsIn(withoutMarks(markdown)));
    }
    expect(paths.length).toBeGreaterThan(30);
  });

  it("are one address, from which programs choose by `Accept`; caches can tell them apart", async () => {
    const browser = await get("/docs/limits", { accept: "text/html,text/markdown;q=0.5" });
    expect(browser.headers.get("content-type")).toMatch(/^text\/html/);
    const page = await get("/docs/limits", { accept: "text/markdown, text/html;q=0.9" });
    expect(page.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(await page.text()).toBe(await readTwin(url, "/docs/limits"));
    for (const path of ["/docs/limits", "/docs/limits.md", "/docs", "/docs.md", "/llms.txt"]) {
      const { headers } = await get(path);
      expect(headers.get("vary"), path).toMatch(/Accept, Accept-Language/);
      expect(headers.get("cache-control"), path).toBe("public, max-age=300");
      expect((await get(`${path}?lang=zh`)).headers.get("cache-control"), path).toBe("private, no-cache");
    }
    expect(await text("/docs/limits.md?lang=zh")).toMatch(/^# 限制\n/);
  });

  it("are kept by no cache for somebody who is signed in", async () => {
    const client = new FormClient(url);
    await client.signIn(DEMO_PEOPLE[0].email);
    expect((await client.get("/docs/limits")).headers.get("cache-control")).toBe("no-store");
    expect((await client.get("/docs/limits.md")).headers.get("cache-control")).toBe("private, no-cache");
  });

  it("name each other, the other language and their own address", async () => {
    const html = await text("/docs/limits");
    expect(html).toContain(`<link rel="canonical" href="${url}/docs/limits"/>`);
    expect(html).toContain('<link rel="alternate" type="text/markdown" href="/docs/limits.md"/>');
    expect(html).toContain(`<link rel="alternate" hreflang="zh-CN" href="${url}/docs/limits?lang=zh"/>`);
  });

  it("weigh little, whatever the language of code", { timeout: 60_000 }, async () => {
    const choices = [...(await text("/docs/api/completions")).matchAll(/<option value="([\w-]+)"/g)];
    const languages = [...new Set(choices.map(([, language = ""]) => language))];
    expect(languages).toHaveLength(17);
    const weights: [string, number][] = [];
    for (const path of paths) weights.push([path, gzipSync(await text(path)).length]);
    for (const path of await apiPaths(url)) {
      for (const language of languages) {
        const address = `${path}?lang=${language}`;
        weights.push([address, gzipSync(await text(address)).length]);
      }
    }
    expect(weights.filter(([, bytes]) => bytes > MAX_PAGE_BYTES)).toEqual([]);
  });

  it("are found with a slash at the end, and nowhere but on this site", async () => {
    for (const [path, target] of [
      ["/docs/", "/docs"],
      ["/docs/limits/?lang=zh", "/docs/limits?lang=zh"],
      ["/docs/api/chat-completions/", "/docs/api/chat-completions"],
      ["/pricing/", "/pricing"],
      ["/docs//other.example/", "/docs//other.example"],
    ] as const) {
      const answer = await fetch(url + path, { redirect: "manual", headers: { accept: "text/html" } });
      expect([answer.status, answer.headers.get("location")], path).toEqual([301, url + target]);
    }
    expect((await get("/docs/")).status).toBe(200);
    expect((await get("//other.example/")).url).toMatch(new RegExp(`^${url}/`));
  });

  it("are not there for what is not served; the answer lists what is", async () => {
    for (const path of ["/docs/api/nothing", "/docs/nothing", "/docs/clients/nothing"]) {
      const page = await get(path);
      expect(page.status).toBe(404);
      expect(await page.text()).toContain('href="/docs/api/chat-completions"');
      const twin = await get(`${path}.md`);
      expect([twin.status, twin.headers.get("content-type")]).toEqual([404, "text/markdown; charset=utf-8"]);
      expect(await twin.text()).toContain(`(${url}/docs/api/chat-completions.md)`);
    }
  });
});

describe("/llms.txt", () => {
  it("is of the format: a title, a quotation, words without headings, and lists of links", async () => {
    const answer = await get("/llms.txt", { accept: "*/*" });
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const list = await answer.text();
    expect(Buffer.byteLength(list)).toBeLessThan(MAX_LIST_BYTES);
    const [head = "", ...sections] = list.split(/^## /m);
    expect(head).toMatch(/^# [^\n]+\n\n> [^\n]+\n\n[^#\n][^\n]*\n\n$/);
    expect(head).toContain(`${url}/v1`);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "Start",
      "Endpoints",
      "Clients",
      "Errors",
      "Optional",
    ]);
    for (const section of sections) {
      const [, blank, ...lines] = section.trimEnd().split("\n");
      expect(blank).toBe("");
      for (const line of lines) expect(line).toMatch(/^- \[[^\]]+\]\(http[^)\s]+(?:\.md|\/openapi\.json)\): \S/);
    }
  });

  it("leads to every page, as Markdown", async () => {
    const links = [...(await text("/llms.txt")).matchAll(/\((http[^)]+)\)/g)].map(([, link = ""]) => link);
    const description = `${url}/openapi.json`;
    expect(links.filter((link) => link !== description)).toEqual(paths.map((path) => `${url}${path}.md`));
    expect(links).toContain(description);
    expect((await fetch(description)).headers.get("content-type")).toBe("application/json; charset=utf-8");
    for (const link of links.filter((each) => each !== description)) {
      const { status, headers } = await fetch(link);
      expect([status, headers.get("content-type")], link).toEqual([200, "text/markdown; charset=utf-8"]);
    }
  });

  it("keeps the language that its address names, and so do the twins", async () => {
    const links = async (path: string) =>
      [...(await text(path)).matchAll(/\((http[^)]+\/docs[^)]*)\)/g)].map(([, link = ""]) => link);
    for (const path of ["/llms.txt?lang=zh", "/docs.md?lang=zh"]) {
      const found = await links(path);
      expect(found.length, path).toBeGreaterThan(10);
      expect(
        found.filter((link) => !/\.md\?lang=zh(#|$)/.test(link)),
        path,
      ).toEqual([]);
    }
    expect((await links("/docs/limits.md?lang=go")).filter((link) => link.includes("?"))).toEqual([]);
  });

  it("is whole in /llms-full.txt", async () => {
    const whole = await text("/llms-full.txt");
    expect(Buffer.byteLength(whole)).toBeLessThan(MAX_WHOLE_BYTES);
    for (const path of paths) expect(whole).toContain(await readTwin(url, path));
  });

  it("is named where a path is wrong, to people alone", async () => {
    const page = await get("/v1/chat/complete");
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('href="/llms.txt"')]);
    const error = await get("/v1/chat/complete", { accept: "application/json" });
    expect([error.status, await error.text()]).toEqual([404, expect.not.stringContaining("llms.txt")]);
  });
});

describe("search engines", () => {
  it("find the site map, and in it pages that are there, in both languages", async () => {
    expect(await text("/robots.txt")).toContain(`Sitemap: ${url}/sitemap.xml`);
    const answer = await get("/sitemap.xml");
    expect(answer.headers.get("content-type")).toBe("application/xml; charset=utf-8");
    const map = await answer.text();
    for (const [, address = ""] of map.matchAll(/(?:<loc>|href=")(http[^<"]+)/g)) {
      expect((await fetch(address, { headers: { accept: "text/html" } })).status, address).toBe(200);
    }
  });
});

describe("figures", () => {
  it("are those of the site: its limits, and the models that it has", async () => {
    const limited = await startPortal({ vars: { KEY_REQUESTS_PER_MINUTE: "77" } });
    try {
      const { gateway } = limited;
      await gateway.db.update(models).set({ disabled: true }).where(eq(models.id, NAMED_MODEL));
      expect(await readTwin(gateway.url, "/docs/limits")).toMatch(/\| 77 \|/);
      expect(await text("/llms-full.txt")).toContain(NAMED_MODEL);
      expect(await (await fetch(`${gateway.url}/llms-full.txt`)).text()).not.toContain(NAMED_MODEL);
    } finally {
      await limited.close();
    }
  });
});

/** What the blocks of the page have made. */
function body(html: string): string {
  return html
    .replace(/^[\s\S]*?<h1>/, "<h1>")
    .replace(/<nav class="pages"[\s\S]*$/, "")
    .replaceAll(/<(form|button|caption)\b[\s\S]*?<\/\1>/g, " ");
}

function codeIn(html: string): string[] {
  return [...html.matchAll(/<pre[^>]*><code>([\s\S]*?)<\/code>/g)].map(([, code = ""]) => plain(code));
}

function plain(html: string): string {
  const names: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };
  return html.replaceAll(/&(lt|gt|quot|#39|amp);/g, (entity) => names[entity] ?? entity);
}

function withoutTags(html: string): string {
  const spaced = html.replaceAll(/<\/?(p|li|td|th|tr|h\d|dt|dd|div|figcaption|pre|nav|ol|ul)\b[^>]*>/g, " ");
  return plain(spaced.replaceAll(/<[^>]+>/g, ""));
}

function withoutMarks(markdown: string): string {
  return markdown
    .replaceAll(/^`{3,}.*$/gm, "")
    .replaceAll(/^\d+\. /gm, "")
    .replaceAll(/\[([^\]]+)\]\([^)\s]+\)/g, "$1")
    .replaceAll(/`|\*\*/g, "");
}

/** In an order of their own: the page shows requests beside what belongs to them. */
function wordsIn(shown: string): string[] {
  return shown.match(/[\p{L}\p{N}]+/gu)?.toSorted() ?? [];
}
