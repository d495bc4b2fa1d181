import { describe, expect, it } from "vitest";
import { SURFACES } from "../../src/endpoints/surfaces.ts";
import { isClosedPath, isSitePath } from "../../src/endpoints/site-paths.ts";
import { normalisePath } from "../../src/endpoints/paths.ts";
import { PAGES } from "../../src/portal/pages/index.ts";
import { ownPath } from "../../src/portal/respond.tsx";
import { ADDRESSES, NO_PAGES, POSTS } from "../support/portal-pages.ts";

const isOperators = (path: string) => PAGES.find((page) => page.path === path)?.access === "operators";

describe("the portal's pages", () => {
  it("are all visited by the tests, and sent to", () => {
    const served = PAGES.filter(({ get }) => get !== undefined).map(({ path }) => path);
    expect(served.filter((path) => !(path in ADDRESSES) && !NO_PAGES.includes(path))).toEqual([]);
    expect([...Object.keys(ADDRESSES), ...NO_PAGES].filter((path) => !served.includes(path))).toEqual([]);
    expect(PAGES.filter(({ post }) => post !== undefined).map(({ path }) => path)).toEqual(POSTS);
    for (const [path, { as }] of Object.entries(ADDRESSES)) expect(isOperators(path), path).toBe(as === "operator");
  });

  it("have paths of their own: no endpoint's path begins so, and none is mistaken for one", () => {
    for (const { path } of PAGES) {
      if (path !== "/") expect(isSitePath(path), path).toBe(true);
      expect(normalisePath(path), path).toBe(path);
    }
    for (const { mount, rows } of SURFACES) {
      for (const row of rows)
        expect([isSitePath(mount + row.path), isSitePath(row.path)], row.path).toEqual([false, false]);
    }
    expect(isSitePath("/admin/api/accounts")).toBe(false);
    expect(isClosedPath("/admin/api/accounts")).toBe(true);
    expect(isSitePath("/admin/apia")).toBe(true);
    expect(isClosedPath("/v1/models")).toBe(false);
  });
});

describe("ownPath", () => {
  it.each(["/app", "/app/keys?x=1#y", "/", "/中文"])("keeps a path of ours: %s", (path) =>
    expect(ownPath(path)).toBe(path),
  );

  it.each([
    undefined,
    "",
    "app",
    "https://evil.example",
    "//evil.example",
    String.raw`/\evil.example`,
    "/a\\b",
    "/\t/evil.example",
    "/a\nb",
  ])("takes nothing else: %j", (path) => expect(ownPath(path)).toBe("/app"));
});
