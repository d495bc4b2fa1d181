/** What pages weigh. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { FormClient, startPortal, type PortalStage } from "./stage.ts";

describe("weight", () => {
  let stage: PortalStage;
  let client: FormClient;

  beforeAll(async () => {
    stage = await startPortal();
    client = new FormClient(stage.gateway.url);
    await client.signIn(DEMO_PEOPLE[0].email);
  });
  afterAll(async () => stage.close());

  it("of the first page: at most 40 KB in at most five requests", async () => {
    const guest = new FormClient(stage.gateway.url);
    const html = await (await guest.get("/")).text();
    const files = [...new Set([...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = ""]) => path))];
    expect(files.length + 1).toBeLessThanOrEqual(5);
    let bytes = gzipSync(html).length;
    for (const file of files) {
      const answer = await guest.get(file);
      expect([answer.status, answer.headers.get("cache-control")], file).toEqual([
        200,
        "public, max-age=31536000, immutable",
      ]);
      bytes += gzipSync(await answer.text()).length;
    }
    expect(bytes).toBeLessThan(40_000);
  });

  it("of a page of an account: at most 20 KB", async () => {
    for (const path of [
      "/app",
      "/app/keys",
      "/app/usage",
      "/app/requests",
      "/app/tasks",
      "/app/billing",
      "/app/playground",
      "/app/account",
    ]) {
      const html = await (await client.get(path)).text();
      expect(gzipSync(html).length, path).toBeLessThan(20_000);
    }
    const made = await client.post("/app/keys/new", { name: "heavy" });
    const html = await (await client.get(made.headers.get("location") ?? "")).text();
    expect(html).toContain("chatbox://");
    expect(gzipSync(html).length).toBeLessThan(20_000);
  });
});
