/** What a key may do: models, addresses, groups, the tier of its account's plan, expiry of that plan. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groups, plans, upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { closedCharge } from "../money/books.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await db.insert(groups).values([
    { id: "vip", name: "VIP", ratioPpm: 500_000, createdAt: 0 },
    { id: "shut", name: "Shut", disabled: true, createdAt: 0 },
  ]);
  await db.insert(plans).values({ id: "basic", name: "Basic", tier: 1, createdAt: 0 });
  await addUpstream(db, { id: "open", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "reserved", baseUrl: upstream.baseUrl });
  await db.update(upstreams).set({ groups: '["vip"]' }).where(eq(upstreams.id, "reserved"));
  await addModel(db, { id: "plain", routes: [{ upstreamId: "open" }], autoWeight: 1 });
  await addModel(db, { id: "exclusive", routes: [{ upstreamId: "reserved" }] });
  await addModel(db, { id: "grand", tier: 2, routes: [{ upstreamId: "open" }] });
  for (const model of ["plain", "exclusive", "grand"]) {
    upstream.script(`upstream-${model}`, (exchange) => exchange.json(completion("Hi")));
  }
});

afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

async function ask(key: string, model: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  });
}

async function outcome(key: string, model: string, headers: Record<string, string> = {}): Promise<unknown[]> {
  const answer = await ask(key, model, headers);
  const body = (await answer.json()) as { code?: number; error?: { code?: string } };
  return answer.status === 200 ? [200] : [answer.status, body.code, body.error?.code];
}

async function listed(key: string | undefined): Promise<unknown[]> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const answer = await fetch(`${gateway.url}/v1/models`, { headers });
  return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

describe("a key", () => {
  it("bound to models serves those, and lists no others", async () => {
    const key = await addKey(gateway.db, { key: { allowedModels: '["grand"]' } });
    expect(await outcome(key, "grand")).toEqual([200]);
    expect(await outcome(key, "plain")).toEqual([403, 2005, "access_denied"]);
    expect(await outcome(key, "auto")).toEqual([403, 2005, "access_denied"]);
    expect(await listed(key)).toEqual(["grand"]);
  });

  it.each([
    ["203.0.113.7", 200],
    ["203.0.113.8", 403],
    ["2001:db8:1::5", 200],
    ["2001:db8:2::5", 403],
  ])("bound to addresses, asked from %s: %d", async (address, status) => {
    const key = await addKey(gateway.db, { key: { allowedIps: '["203.0.113.7", "2001:db8:1::/48"]' } });
    const answer = await ask(key, "plain", { "cf-connecting-ip": address });
    expect(answer.status, await answer.text()).toBe(status);
    expect(answer.headers.get("x-should-retry")).toBe(status === 403 ? "false" : null);
  });

  it("of a group reaches the group's upstreams, at the group's ratio", async () => {
    const member = await addKey(gateway.db, { key: { groupId: "vip" } });
    const stranger = await addKey(gateway.db);
    expect(await outcome(stranger, "exclusive")).toEqual([403, 2005, "access_denied"]);
    expect(await listed(stranger)).not.toContain("exclusive");
    expect(await listed(undefined)).not.toContain("exclusive");
    expect(await listed(member)).toContain("exclusive");
    const [full, half] = [await ask(stranger, "plain"), await ask(member, "exclusive")];
    expect([full.status, half.status]).toEqual([200, 200]);
    const whole = await closedCharge(gateway, stranger, full);
    expect(whole.amountNanos).toBeGreaterThan(0);
    expect(await closedCharge(gateway, member, half)).toMatchObject({
      ratioPpm: 500_000,
      amountNanos: whole.amountNanos / 2,
    });
  });

  it("of a disabled group is refused", async () => {
    const key = await addKey(gateway.db, { key: { groupId: "shut" } });
    expect(await outcome(key, "plain")).toEqual([403, 2005, "access_denied"]);
  });
});

describe("a plan", () => {
  it("leaves models above its tier out, until it ends", async () => {
    const running = await addKey(gateway.db, { account: { planId: "basic" } });
    expect(await outcome(running, "plain")).toEqual([200]);
    expect(await outcome(running, "grand")).toEqual([403, 2003, "model_access_denied"]);
    expect(await listed(running)).not.toContain("grand");
    const over = await addKey(gateway.db, { account: { planId: "basic", planExpiresAt: 1 } });
    expect(await outcome(over, "grand")).toEqual([200]);
  });
});
