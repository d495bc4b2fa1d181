/** A film in the portal: its customer watches it come, watches it, and finds its price; an operator sees it while it is made. */
import { eq } from "drizzle-orm";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tasks } from "../../../schema/index.ts";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { CAN_LOOK, FormClient, look, signIn, startBrowser, startPortal, type PortalStage } from "./stage.ts";

let stage: PortalStage;
let user: FormClient;
let operator: FormClient;

beforeAll(async () => {
  stage = await startPortal();
  [user, operator] = [new FormClient(stage.gateway.url), new FormClient(stage.gateway.url)];
  await user.signIn(DEMO_PEOPLE.find(({ role }) => role === "user")?.email ?? "");
  await operator.signIn(DEMO_PEOPLE.find(({ role }) => role === "operator")?.email ?? "");
});
afterAll(async () => stage.close());

const api = async (path: string, body?: object) => {
  const headers = { authorization: `Bearer ${stage.demoKey}`, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  return (await (await fetch(stage.gateway.url + path, init)).json()) as Record<string, unknown>;
};

async function finishedFilm(): Promise<string> {
  const { id } = await api("/v1/videos", { model: "sora-2", prompt: "a secret wish", seconds: "2" });
  await expect.poll(async () => (await api(`/api/tasks/${String(id)}`))["amount"], { timeout: 20_000 }).toBe("1.4");
  return String(id);
}

const read = async (client: FormClient, path: string) => (await client.get(path)).text();
const linkIn = (html: string, pattern: RegExp) => pattern.exec(html)?.[1] ?? "";

describe("a film", () => {
  it("is in the list with its progress, and leads to its receipt and back", async () => {
    const id = await finishedFilm();
    const list = await read(user, "/app/tasks");
    expect(list).toContain(`href="/app/tasks/${id}"`);
    expect(list).toMatch(/100%/);
    const page = await read(user, `/app/tasks/${id}`);
    const request = linkIn(page, /href="(\/app\/requests\/[^"]+)"/);
    const receipt = await read(user, request);
    expect(receipt).toContain(`href="/app/tasks/${id}"`);
    expect(receipt).toContain("1.40");
    expect(await read(user, "/app/tasks?state=failed")).not.toContain(id);
    expect(await read(user, "/app/tasks?state=succeeded&operation=video")).toContain(id);
    const film = await fetch(linkIn(page, /<video[^>]* src="([^"]+)"/));
    expect([film.status, film.headers.get("content-type")]).toEqual([200, "video/mp4"]);
  });

  it("is looked at again by itself until it is there", async () => {
    const { id } = await api("/v1/videos", { model: "sora-2", prompt: "a secret wish", seconds: "2" });
    await expect
      .poll(async () => (await api(`/api/tasks/${String(id)}`))["state"], { timeout: 20_000 })
      .toBe("succeeded");
    await stage.gateway.db
      .update(tasks)
      .set({ state: "running", progress: 40, closedAt: null, finishedAt: null, dueAt: Date.now() + 3_600_000 })
      .where(eq(tasks.id, String(id)));
    const page = await read(user, `/app/tasks/${String(id)}`);
    expect(page).toContain(`content="5;url=/app/tasks/${String(id)}?looks=1"`);
    expect(page).toContain("40%");
    expect(await read(user, `/app/tasks/${String(id)}?looks=120`)).not.toContain("http-equiv");
    // An operator sees that it is open, and who makes it, but not what was asked for.
    expect(await read(operator, "/admin")).toMatch(/href="\/admin\/tasks">1</);
    const list = await read(operator, "/admin/tasks?upstream=demo-upstream&state=running");
    expect(list).toContain(`href="/admin/tasks/${String(id)}"`);
    const shown = await read(operator, `/admin/tasks/${String(id)}`);
    expect(shown).toContain("demo-sora-2");
    const request = linkIn(shown, /href="(\/admin\/requests\/[^"]+)"/);
    const charge = await read(operator, request);
    expect(charge).toContain(`href="/admin/tasks/${String(id)}"`);
    expect(list + shown + charge).not.toMatch(/secret wish|token=/);
    expect(await read(operator, "/admin/tasks?state=queued")).not.toContain(String(id));
    expect(await read(operator, "/admin/tasks?account=demo-account")).toContain(String(id));
  });

  it("is nobody else's", async () => {
    const id = await finishedFilm();
    const other = new FormClient(stage.gateway.url);
    await other.signUp("Other", "other@example.com");
    expect((await other.get(`/app/tasks/${id}`)).status).toBe(404);
    expect(await read(other, "/app/tasks")).not.toContain(id);
    expect((await other.get("/admin/tasks")).status).toBe(404);
  });
});

describe.skipIf(!CAN_LOOK)("a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => browser.close());

  it("plays it on its page, and saves it", { timeout: 60_000 }, async () => {
    const id = await finishedFilm();
    const seen = await look(browser);
    await signIn(seen, stage.gateway.url);
    await seen.page.goto(`${stage.gateway.url}/app/tasks/${id}`);
    const played = await seen.page.evaluate(async () => {
      const film = document.querySelector("video");
      if (film === null) return "no film";
      film.muted = true;
      await film.play();
      return [film.videoWidth, film.videoHeight, film.duration];
    });
    expect(played).toEqual([256, 144, 2]);
    const [download] = await Promise.all([seen.page.waitForEvent("download"), seen.page.click("a[download]")]);
    expect(download.suggestedFilename()).toBe(`${id}.mp4`);
    expect(seen.complaints).toEqual([]);
    await seen.context.close();
  });
});
