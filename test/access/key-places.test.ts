import { describe, expect, it } from "vitest";
import { KEY_HEADERS, MIDJOURNEY_KEY_PLACES, presentedKey } from "../../src/access/key-places.ts";

describe("presentedKey", () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ authorization: "Bearer" }, undefined],
    [{ authorization: "" }, undefined],
    [{ authorization: "Bearer sk-1" }, "sk-1"],
    [{ authorization: "bearer   sk-1  " }, "sk-1"],
    [{ authorization: "sk-1" }, "sk-1"],
    [{ authorization: "BearerOfBadNews" }, "BearerOfBadNews"],
    [{ "x-api-key": "sk-1", authorization: "Bearer sk-2" }, "sk-1"],
    [{ "x-api-key": "Bearer sk-1" }, "sk-1"],
    [{ "x-api-key": "  ", authorization: "Bearer sk-2" }, "sk-2"],
    [{ "api-key": "sk-3", "x-goog-api-key": "sk-4" }, "sk-3"],
    [{ "x-goog-api-key": "sk-4" }, "sk-4"],
    [{ cookie: "key=sk-5" }, undefined],
  ])("of %j is %s", (headers, key) => {
    expect(presentedKey(new Request("https://gateway.test/?key=sk-query", { headers }), KEY_HEADERS)).toBe(key);
  });

  it.each<[Record<string, string>, string | undefined]>([
    [{ authorization: "midjourney-proxy", "mj-api-secret": "sk-1" }, "sk-1"],
    [{ authorization: "Bearer sk-2", "mj-api-secret": "Bearer sk-1" }, "sk-1"],
    [{ authorization: "Bearer sk-2", "mj-api-secret": "" }, "sk-2"],
    [{ authorization: "sk-2" }, "sk-2"],
    [{}, undefined],
  ])("of %j is %s for clients of midjourney-proxy", (headers, key) => {
    expect(presentedKey(new Request("https://gateway.test/", { headers }), MIDJOURNEY_KEY_PLACES)).toBe(key);
  });
});
