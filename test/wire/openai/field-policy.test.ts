import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { WIRES } from "../../../src/wire/index.ts";
import {
  CHAT_FIELDS,
  CHAT_GROUPS,
  COMPLETION_FIELDS,
  COMPLETION_GROUPS,
} from "../../../src/wire/openai/request-fields.ts";
import { passage } from "../../../src/wire/passage.ts";
import type { Target } from "../../../src/wire/types.ts";
import { faultOf, MATCH, readRequest, TARGET } from "../support.ts";
import { fieldsPage } from "../fields-page.ts";

const { "openai.chat": chat, "openai.completions": completions } = WIRES;
const MESSAGES = [{ role: "user", content: "Hello" }];

function write(text: string, target: Partial<Target> = {}) {
  const request = chat.read(jsonPayload(JSON.parse(text) as JsonObject, text), MATCH);
  const carried = passage(request, chat, { ...TARGET, ...target });
  if (carried?.payload.kind !== "json") throw new Error("not JSON");
  expect(JSON.parse(carried.payload.text)).toEqual(carried.payload.value);
  return { text: carried.payload.text, warnings: carried.warnings };
}

describe("the table", () => {
  it.each([
    ["chat", CHAT_GROUPS, CHAT_FIELDS],
    ["completions", COMPLETION_GROUPS, COMPLETION_FIELDS],
  ] as const)("of %s names each field once, without capitals but for foreign names", (_wire, groups, table) => {
    const names = groups.flatMap((group) => group.names);
    expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
    expect(table.size).toBe(names.length);
    expect(names.filter((name) => name !== name.toLowerCase())).toEqual(["providerOptions"]);
  });

  it("is what users read", async () => {
    await expect(fieldsPage()).toMatchFileSnapshot("../../../src/wire/FIELDS.md");
  });
});

describe("a request over its own wire", () => {
  const VALUES = ["1.0", '"\\u00e9"', "9223372036854775807", '{ "a":[ 1,\n2 ] }', "null", "[ ]", '"a \\" b"'];
  const BASE = ['"model" : "m"', '"messages":[{"role":"user","content":"\\u00e9","x":1e400}]'];
  const name = fc.constantFrom("seed", "stop", "top_k", "route", "api_base", "models_", "x", "y", "", "__proto__");

  it("keeps its text byte for byte, but for the fields that are dropped", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ name, value: fc.constantFrom(...VALUES) }), { selector: (field) => field.name }),
        fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
        fc.constantFrom(",", " ,\n ", ",\t"),
        (fields, places, comma) => {
          const members: { field: string; text: string }[] = fields.map(({ name: field, value }) => ({
            field,
            text: `${JSON.stringify(field)}: ${value}`,
          }));
          for (const [position, text] of BASE.entries()) {
            members.splice((places[position] ?? 0) % (members.length + 1), 0, { field: "messages", text });
          }
          const kept = members.filter(({ field }) => CHAT_FIELDS.get(field)?.rule === "pass");
          const expected = kept.map(({ text }) => text.replace('"m"', '"upstream-model"')).join(comma);
          const { text, warnings } = write(`{${members.map((member) => member.text).join(comma)} }`);
          expect(text).toBe(`{${expected},"stream":false }`);
          expect(warnings).toHaveLength(members.length - kept.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("keeps the text of the tools beside those that are dropped", () => {
    const kept = '{ "type":"function", "function":{"name":"a","parameters":{"maximum":9223372036854775807}} }';
    const hosted = '{"type":"web_search"}';
    const head = `{"model":"m","messages":[{"role":"user","content":""}],"stream":false,"tools":`;
    const edited = head.replace('"m"', '"upstream-model"');
    for (const [tools, left] of [
      [`[${hosted} , ${kept}]`, `[${kept}]`],
      [`[ ${kept},${hosted}]`, `[ ${kept}]`],
      [`[${kept}, ${hosted}, ${kept},${hosted}]`, `[${kept}, ${kept}]`],
    ]) {
      expect(write(`${head}${tools ?? ""}}`).text).toBe(`${edited}${left ?? ""}}`);
    }
  });

  it("sees no edits of an earlier attempt", () => {
    const body = {
      messages: [
        { role: "user", content: [{ type: "text", text: "", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      ],
      tools: [{ type: "web_search" }, { type: "function", function: { name: "f" } }],
    };
    const request = readRequest(chat, body);
    const before = structuredClone(request.payload);
    passage(request, chat, TARGET);
    expect(request.payload).toEqual(before);
    const priced = passage(request, chat, { ...TARGET, fees: new Set(["searches", "cacheWrite1h"]) });
    expect(priced?.payload).toMatchObject({ value: body });
  });
});

describe("the fees of a request", () => {
  it.each<[JsonObject, string[]]>([
    [{}, []],
    [{ web_search_options: {} }, ["searches"]],
    [{ web_search_options: null, enable_search: false }, []],
    [{ tools: [{ type: "function", function: {} }, { type: "custom", custom: {} }, { function: {} }] }, []],
    [{ tools: [{ type: "web_search" }, { type: "of_tomorrow" }] }, ["searches", "calls"]],
    [{ service_tier: "flex" }, ["tier"]],
    [{ service_tier: "default", prompt_cache_retention: "in_memory" }, []],
    [{ prompt_cache_retention: "24h" }, ["cacheWrite1h"]],
    [{ cache_control: { type: "ephemeral", ttl: "5m" } }, []],
    [{ tools: [{ type: "function", function: { cache_control: { ttl: "1h" } } }] }, ["cacheWrite1h"]],
  ])("of %j are %j", (fields, fees) => {
    expect([...(readRequest(chat, { messages: MESSAGES, ...fields }).demand.fees ?? [])]).toEqual(fees);
  });

  it("decide which fields are sent: those whose fee has a price, and those that the operator lists", () => {
    const mark = '"cache_control":{"type":"ephemeral","ttl":"1h"}';
    const fields = `"web_search_options":{},"service_tier":"flex","tools":[{"type":"web_search"},{"type":"mcp"},{"type":"function"}]`;
    const text = `{"messages":[{"role":"user","content":[{"type":"text","text":"",${mark}}]}],${fields}}`;
    const unpriced = write(text);
    expect(unpriced.text).toBe(
      `{"messages":[{"role":"user","content":[{"type":"text","text":"","cache_control":{"type":"ephemeral"}}]}],"tools":[{"type":"function"}],"model":"upstream-model","stream":false}`,
    );
    const names = ["web_search_options", "service_tier", "cache_control.ttl", "tools.web_search", "tools.mcp"];
    expect(unpriced.warnings).toEqual(names.map((name) => `dropped=${name}`));
    const whole = `${text.slice(0, -1)},"model":"upstream-model","stream":false}`;
    const fees = new Set(["searches", "calls", "tier", "cacheWrite1h"] as const);
    expect(write(text, { fees })).toEqual({ text: whole, warnings: [] });
    expect(write(text, { fields: new Set(names) })).toEqual({ text: whole, warnings: [] });
  });

  it("do not matter to a field with an effect on the upstream's account, even if the upstream is open", () => {
    const text = JSON.stringify({ messages: MESSAGES, store: true, metadata: {}, api_base: "x", of_tomorrow: 1 });
    const { text: sent, warnings } = write(text, { fields: "open" });
    expect(Object.keys(JSON.parse(sent) as JsonObject)).toEqual(["messages", "of_tomorrow", "model", "stream"]);
    expect(warnings).toEqual(["dropped=store", "dropped=metadata", "dropped=api_base"]);
    const listed = write(text, { fields: new Set(["store", "metadata", "model", "messages"]) });
    expect(listed.warnings).toEqual(["dropped=api_base", "dropped=of_tomorrow"]);
  });

  it("are in its demand with their least amounts, and the tier is an attribute", () => {
    const { demand } = readRequest(completions, { prompt: "", web_search_options: {}, service_tier: "flex" });
    expect(demand).toMatchObject({ units: { searches: 1 }, attributes: { tier: "flex" } });
  });
});

describe("names of people and sessions", () => {
  const text = JSON.stringify({ messages: MESSAGES, user: "alice", prompt_cache_key: "s".repeat(60), cache_salt: "c" });

  it("become a hash of the account, or are prefixed by it, up to the length that upstreams take", () => {
    const sent = JSON.parse(write(text).text) as JsonObject;
    expect(sent).toMatchObject({ user: "account-alias", cache_salt: "account-alias-c" });
    expect(sent["prompt_cache_key"]).toBe(`account-alias-${"s".repeat(50)}`);
  });

  it("are not sent where no account asks", () => {
    const sent = JSON.parse(write(text, { account: undefined }).text) as JsonObject;
    expect(Object.keys(sent)).toEqual(["messages", "model", "stream"]);
  });
});

describe("a lookalike", () => {
  it.each([
    [{ ｍodel: "x" }, "ｍodel"],
    [{ Foo: 1, foo: 1 }, "foo"],
    [{ metadata: {}, Metadata: {} }, "Metadata"],
    [
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { URL: "x" } }] }] },
      "messages[0].content[0].image_url.URL",
    ],
  ])("is refused: %j", (fields, param) => {
    expect(faultOf(() => readRequest(chat, { messages: MESSAGES, ...fields }))).toBe(`invalid_parameter ${param}`);
  });

  it("where the client's own names may stand is none", () => {
    const parameters = { type: "object", properties: { a: {}, A: {}, Type: {} } };
    const body = { messages: MESSAGES, tools: [{ type: "function", function: { name: "f", parameters } }] };
    expect(faultOf(() => readRequest(chat, body))).toBe("none");
  });
});

describe("a completion over chat", () => {
  it("names the fields of chat that it cannot carry", () => {
    const request = readRequest(completions, { prompt: "Hello", tools: [], echo: false, store: true });
    expect(passage(request, chat, TARGET)?.warnings).toEqual(["dropped=tools", "dropped=store"]);
  });
});
