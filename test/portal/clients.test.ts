/** Links open in clients, and texts in their parsers: each is read here by its client's own rule. */
import { parse as toml } from "smol-toml";
import { parse as yaml } from "yaml";
import { describe, expect, it, vi } from "vitest";
import { SURFACES } from "../../src/endpoints/surfaces.ts";
import { clientsFor, valuesFor } from "../../src/portal/clients/index.ts";
import { nextChatAddress, nextChatLink } from "../../src/portal/clients/nextchat.ts";
import type { Client } from "../../src/portal/clients/types.ts";

const KEY = "sk-abcDEF0123456789";
const ORIGINS = ["https://llm.example.com", "http://localhost:8787", "https://a.b.example.cn"];
const NAMES = ["Token Gateway", "小明的中转站", `O'Brien "quoted" (x) <b>&+/=`, "🚀", ""];

function client(id: string): Client {
  const found = clientsFor().find((one) => one.id === id);
  if (found === undefined) throw new Error(`no client ${id}`);
  return found;
}

function linkOf(id: string, origin: string, name: string): string {
  return client(id).link?.(valuesFor(origin, name, KEY)) ?? "";
}

const utf8 = (binary: string) =>
  new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
const cases = ORIGINS.flatMap((origin) => NAMES.map((name) => [origin, name] as const));

const PARSERS: Readonly<Record<string, (text: string) => unknown>> = { json: JSON.parse, toml, yaml };

/** What Cherry Studio's three generations do with `data`. */
const CHERRY = [
  (data: string) => utf8(atob(decodeURIComponent(data))),
  (data: string) =>
    utf8(atob(decodeURIComponent(data)))
      .replaceAll("'", '"')
      .replaceAll(/[()]/g, ""),
  (data: string) => utf8(atob(decodeURIComponent(data).replaceAll("_", "+").replaceAll("-", "/"))),
];

describe.each(cases)("links for %s, a site called %j", (origin, name) => {
  const { name: shown, slug } = valuesFor(origin, name, KEY);

  it("open in Chatbox", () => {
    const url = new URL(linkOf("chatbox", origin, name));
    expect(url.href).toMatch(/^chatbox:\/\/provider\/import\?config=/);
    const config = JSON.parse(utf8(atob(url.searchParams.get("config") ?? "")));
    expect(config).toMatchObject({
      id: slug,
      name: shown,
      type: "openai",
      settings: { apiHost: `${origin}/v1`, apiPath: "/chat/completions", apiKey: KEY },
    });
    expect(config.settings.models[0]).toMatchObject({ modelId: "auto", type: "chat" });
  });

  it("open in every Cherry Studio", () => {
    const [, data = ""] =
      /^cherrystudio:\/\/providers\/api-keys\?v=1&data=(.+)$/.exec(linkOf("cherry-studio", origin, name)) ?? [];
    for (const read of CHERRY) {
      expect(JSON.parse(read(data))).toEqual({
        id: slug,
        name: shown,
        type: "openai",
        baseUrl: `${origin}/v1`,
        apiKey: KEY,
      });
    }
  });

  it.each([
    ["claude", origin],
    ["codex", `${origin}/v1`],
    ["gemini", origin],
  ])("open in CC Switch for %s", (app, endpoint) => {
    const url = new URL(linkOf(`cc-switch-${app}`, origin, name));
    expect([url.protocol, url.host, url.pathname]).toEqual(["ccswitch:", "v1", "/import"]);
    expect(url.search).not.toContain("+");
    const query = Object.fromEntries(url.searchParams);
    expect(query).toMatchObject({
      resource: "provider",
      app,
      name: shown,
      endpoint,
      homepage: origin,
      apiKey: KEY,
      model: "auto",
    });
    expect(query).toMatchObject({ usageEnabled: "true", usageBaseUrl: origin, usageApiKey: KEY });
    for (const address of (query["endpoint"] ?? "").split(",")) expect(URL.canParse(address)).toBe(true);
  });

  it("open in OpenCat, AMA, AionUI and DeepChat", () => {
    const opencat = new URL(linkOf("opencat", origin, name)).searchParams;
    expect([opencat.get("domain"), opencat.get("token")]).toEqual([origin, KEY]);
    const ama = new URL(linkOf("ama", origin, name)).searchParams;
    expect([ama.get("server"), ama.get("key")]).toEqual([origin, KEY]);
    for (const id of ["aionui", "deepchat"]) {
      const data = new URL(linkOf(id, origin, name)).searchParams.get("data") ?? "";
      expect(JSON.parse(utf8(atob(data)))).toMatchObject({ baseUrl: origin, apiKey: KEY });
    }
  });
});

describe("NextChat", () => {
  /** Its router reads the query behind the hash, and its command `settings` parses the text. */
  const read = (link: string) => {
    const [site = "", route = ""] = link.split("#");
    return [site, JSON.parse(new URL(route, "http://router").searchParams.get("settings") ?? "")];
  };

  it.each(cases)("is set up by a link to its owner's address, from %s, %j", (origin, name) => {
    const values = valuesFor(origin, name, KEY);
    const settings = { key: KEY, url: origin };
    for (const [typed, site] of [
      ["https://chat.example.com", "https://chat.example.com/"],
      ["https://example.com/chat/?x=1#/y", "https://example.com/chat/"],
      ["http://localhost:3000/", "http://localhost:3000/"],
    ] as const) {
      const address = nextChatAddress(typed);
      expect(read(nextChatLink("value" in address ? (address.value ?? "") : "", values)), typed).toEqual([
        site,
        settings,
      ]);
    }
  });

  it.each([
    "chat.example.com",
    "http://chat.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://user:pass@chat.example.com",
    `https://chat.example.com/${"x".repeat(200)}`,
  ])("takes no other address: %s", (typed) => expect(nextChatAddress(typed)).toHaveProperty("problem"));
});

describe("the operator's templates", () => {
  const values = valuesFor("https://llm.example.com", "小明's 站", KEY);
  const linksOf = (templates: unknown) =>
    new Map(
      clientsFor(typeof templates === "string" ? templates : JSON.stringify(templates)).flatMap(({ id, name, link }) =>
        id.startsWith("own-") ? [[name, link?.(values) ?? ""] as const] : [],
      ),
    );

  it("fill in their places, escaped, and stand first", () => {
    const links = linksOf({
      Mine: "jan://add?b={base}&o={origin}&n={name}&k={key}&m={model}&x={other}",
      Chat: "chatbox://provider/import?config={chatboxConfig}",
      Cherry: "cherrystudio://providers/api-keys?v=1&data={cherryConfig}",
      Help: "https://help.example.com/?from={origin}",
    });
    expect(Object.fromEntries(new URL(links.get("Mine") ?? "").searchParams)).toEqual({
      b: "https://llm.example.com/v1",
      o: "https://llm.example.com",
      n: "小明s 站",
      k: KEY,
      m: "auto",
      x: "{other}",
    });
    expect(links.get("Chat")).toBe(client("chatbox").link?.(values));
    expect(links.get("Cherry")).toBe(client("cherry-studio").link?.(values));
    expect(links.get("Help")).toBe("https://help.example.com/?from=https%3A%2F%2Fllm.example.com");
    expect(clientsFor('{"Mine":"jan://{key}"}')[0]?.name).toBe("Mine");
  });

  it("replace a client of our list, or remove it", () => {
    const clients = clientsFor(JSON.stringify({ "Cherry Studio": "cherrystudio://other?k={key}", OpenCat: "" }));
    expect(clients.filter(({ name }) => name === "Cherry Studio").map(({ id }) => id)).toEqual(["own-1"]);
    expect(clients.map(({ name }) => name)).not.toContain("OpenCat");
  });

  it.each([
    "javascript:alert('{key}')",
    "javascript://%0aalert(1)",
    "data:text/html,{key}",
    "data://x",
    "https://evil.example/?k={key}",
    "https://evil.example/#{cherryConfig}",
    "https://evil.example/{chatboxConfig}",
    "http://help.example.com/",
    "JAN://add",
    "file:///etc/passwd",
    'jan://x" onclick="y',
    7,
    null,
  ])("are left out, with a line in the log, where they are not allowed: %j", (link) => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(linksOf({ Bad: link, Good: "jan://x" })).toEqual(new Map([["Good", "jan://x"]]));
    expect(JSON.stringify(warned.mock.calls)).toMatch(/import_template_wrong.*Bad/);
    warned.mockRestore();
  });

  it.each(["[]", "not json", '"x"'])("that are no JSON object change nothing: %s", (text) => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(clientsFor(text)).toEqual(clientsFor());
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });
});

describe("every client", () => {
  const values = valuesFor("https://llm.example.com", `小明's "relay" (x)`, KEY);

  it("has an id and a way, and no link to another site carries a key", () => {
    const ids = clientsFor().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, link, texts, fields } of clientsFor()) {
      expect(id).toMatch(/^[a-z0-9-]+$/);
      expect(link ?? texts ?? fields, id).toBeDefined();
      expect(link?.(values) ?? "app:", id).not.toMatch(/^(https?|javascript|data):/);
    }
  });

  it("speaks a wire that an endpoint serves, and is gone without it", () => {
    const paths = SURFACES.flatMap(({ mount, rows }) => rows.map(({ path }) => mount + path));
    const served = {
      "openai.chat": "/v1/chat/completions",
      "openai.responses": "/v1/responses",
      "anthropic.messages": "/v1/messages",
      "gemini.generate": String.raw`/v1beta/models/:call{.+:\w+}`,
    } as const;
    for (const { id, wire } of clientsFor()) expect(paths, id).toContain(served[wire as keyof typeof served]);
    const chat = clientsFor(undefined, new Set(["openai.chat"])).map(({ id }) => id);
    expect(chat).toContain("chatbox");
    expect(chat).not.toContain("codex");
    expect(chat).not.toContain("claude-code");
  });

  it("has texts that say where they belong, and parse", () => {
    for (const { id, texts = [] } of clientsFor()) {
      for (const { place, form, text } of texts) {
        const written = text(values);
        expect(place, id).not.toBe("");
        expect(written, `${id} ${place}`).not.toMatch(/undefined|\[object|sk-your/);
        const parse = PARSERS[form];
        if (parse !== undefined) expect(() => void parse(written), `${id} ${place}`).not.toThrow();
      }
    }
  });

  it.each(["123", "true", "null", "- a", "1.5e3", "𠮷".repeat(60), `${"x".repeat(39)}𠮷`, `${"x".repeat(39)} y`])(
    "is set up with the name of a site called %j as it is",
    (siteName) => {
      const named = valuesFor("https://x.example", siteName, KEY);
      expect([named.name.isWellFormed(), named.name.trim()]).toEqual([true, named.name]);
      const [own] = clientsFor('{"Own":"jan://add?name={name}"}');
      expect(own?.link?.(named)).toBe(`jan://add?name=${encodeURIComponent(named.name)}`);
      const text = client("continue").texts?.[0]?.text(named) ?? "";
      expect(yaml(text)).toMatchObject({ name: named.name });
    },
  );

  it("gets an id of its own where the site is called like a provider that clients have", () => {
    const slugOf = (siteName: string) => valuesFor("https://x.example", siteName, KEY).slug;
    expect(["OpenAI", "ollama", "LM Studio", "DeepSeek", "My OpenAI"].map(slugOf)).toEqual([
      "openai-gateway",
      "ollama-gateway",
      "lm-studio-gateway",
      "deepseek-gateway",
      "my-openai",
    ]);
  });

  it("gets names without anything that a link could trip over", () => {
    expect(valuesFor("https://x.example", `a"b'c(d)e<f>g&h\u0000i`, KEY)).toMatchObject({
      name: "abcdefghi",
      slug: "abcdefghi",
    });
    expect(valuesFor("https://x.example", "小明的站", KEY)).toMatchObject({ name: "小明的站", slug: "token-gateway" });
    expect(valuesFor("https://x.example", "🚀", KEY)).toMatchObject({ name: "Token Gateway", slug: "token-gateway" });
  });
});
