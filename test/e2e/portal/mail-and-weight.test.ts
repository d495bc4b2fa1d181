/** Links to a new password by mail; and what pages weigh. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { FormClient, startPortal, type PortalStage } from "./stage.ts";

interface Mail {
  readonly authorization: string | undefined;
  readonly body: Record<string, string>;
}

const [DEMO] = DEMO_PEOPLE;

describe("mail", () => {
  const mails: Mail[] = [];
  let server: Server;
  let stage: PortalStage;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (piece: Buffer) => (text += piece.toString()));
      request.on("end", () => {
        const { authorization } = request.headers;
        mails.push({ authorization, body: JSON.parse(text) as Record<string, string> });
        response.writeHead(202).end();
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    stage = await startPortal({
      vars: { MAIL_URL: `http://127.0.0.1:${port}/send`, MAIL_TOKEN: "mail-token", MAIL_FROM: "relay@example.com" },
    });
    ({ url } = stage.gateway);
  });
  afterAll(async () => {
    await stage.close();
    server.close();
  });

  it("brings a link that sets a password once, and says nothing of who has an account", async () => {
    const client = new FormClient(url);
    const texts: string[] = [];
    for (const email of ["nobody@example.com", DEMO.email]) {
      const answer = await client.post("/reset", { email });
      expect(answer.status).toBe(200);
      texts.push((await answer.text()).replaceAll(/req_[0-9a-f-]+/g, "…"));
    }
    expect(texts[0]).toBe(texts[1]);
    await expect.poll(() => mails.length).toBe(1);
    expect(mails[0]).toMatchObject({
      authorization: "Bearer mail-token",
      body: { from: "relay@example.com", to: DEMO.email, subject: expect.stringContaining("reset your password") },
    });
    const [, path = ""] = new RegExp(`${url}(/reset/[\\w-]+)`).exec(mails[0]?.body["text"] ?? "") ?? [];
    expect(path).not.toBe("");
    expect((await client.post(path, { password: "short" })).status).toBe(422);
    expect((await client.post(path, { password: "a new long password" })).headers.get("location")).toBe("/sign-in");
    expect((await client.post(path, { password: "another long password" })).status).toBe(422);
    expect((await client.signIn(DEMO.email, "a new long password")).headers.get("location")).toBe("/app");
    expect(JSON.stringify(stage.gateway.logged("reset_link"))).toBe("[]");
    expect(JSON.stringify(stage.gateway.requestLog())).not.toContain(path.slice("/reset/".length));
  });
});

describe("without mail", () => {
  let stage: PortalStage;
  let client: FormClient;

  beforeAll(async () => {
    stage = await startPortal();
    client = new FormClient(stage.gateway.url);
    await client.signIn(DEMO.email);
  });
  afterAll(async () => stage.close());

  it("people are sent to the operator", async () => {
    expect(await (await client.get("/reset")).text()).toContain("Ask the operator");
    const answer = await client.post("/reset", { email: DEMO.email });
    expect(await answer.text()).toContain("Ask the operator");
    expect(stage.gateway.logged("reset_link")).toEqual([]);
  });

  it("the first page weighs at most 40 KB in at most five requests", async () => {
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

  it("a page of an account weighs at most 20 KB", async () => {
    for (const path of [
      "/app",
      "/app/keys",
      "/app/usage",
      "/app/requests",
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
