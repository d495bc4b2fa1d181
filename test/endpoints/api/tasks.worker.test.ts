/** Tasks in the account API and for operators: whose they are, how they are paged, and what nobody else is told. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { tasks } from "../../../schema/index.ts";
import { NOON, settlement, walletAt } from "../../billing/support.ts";
import { newChargeRef } from "../../../src/billing/wallet.ts";
import { Sealer } from "../../../src/core/seal.ts";
import { uuidv7 } from "../../../src/core/id.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus, type Call } from "./support.ts";

const clock = { nowMs: NOON };
const app = appWith({}, clock);
const wallet = walletAt(clock);
const operator = caller(app, ADMIN_TOKEN);
const post = async (path: string, body: unknown) => (await operator("POST", `/admin/api${path}`, body)).body;

interface Customer {
  readonly id: string;
  readonly keyId: string;
  readonly client: Call;
}

async function customer(name: string): Promise<Customer> {
  const { id } = await post("/accounts", { name });
  await post(`/accounts/${id}/entries`, { kind: "top_up", id: "first", amount_nanos: 1_000_000_000 });
  const created = await post(`/accounts/${id}/keys`, { name: "k", manages_account: true });
  return { id, keyId: created.id, client: caller(app, created.key) };
}

type Row = typeof tasks.$inferInsert;

let made = 0;

/** A task with a charge, as the gateway would have made it. */
async function addTask({ id: accountId, keyId }: Customer, more: Partial<Row> & { readonly amount?: number } = {}) {
  const { amount, ...row } = more;
  made += 1;
  const ref = newChargeRef(accountId, uuidv7(clock.nowMs + made));
  const id = `video_${made}`;
  await wallet.hold({ ...ref, keyId, estimateNanos: 800, request: { endpoint: "POST /v1/videos", task: id } });
  const isMade = row.state === "succeeded";
  if (isMade) await wallet.settle(ref, settlement(amount ?? 0, { usage: { durationMs: 8000, actions: 1 } }));
  const content = {
    shown: { prompt: "a secret wish" },
    link: `link-${made}`,
    origin: "https://gateway.test",
    ...(isMade
      ? {
          results: [
            { variant: "video", address: "/hidden" },
            { variant: "thumbnail", address: "/t" },
          ],
        }
      : {}),
    ...(row.state === "failed" ? { error: { code: "content_policy_violation", message: "Not that." } } : {}),
  };
  await db.insert(tasks).values({
    id,
    accountId,
    keyId,
    chargeId: ref.id,
    chargeNonce: ref.nonce,
    operation: "video",
    form: "openai.videos",
    model: "sora-2",
    routeId: "r",
    upstreamId: "secret-upstream",
    credentialId: "c",
    upstreamTask: "up-1",
    state: "running",
    progress: 40,
    createdAt: NOON + made,
    finishedAt: isMade || row.state === "failed" ? NOON + 60_000 : null,
    closedAt: isMade || row.state === "failed" ? NOON + 60_000 : null,
    limitAt: NOON + 100_000,
    askedAt: NOON + 5000,
    dueAt: NOON + 10_000,
    expiresAt: NOON + 1_000_000,
    terms: JSON.stringify({ units: { durationMs: 16_000, actions: 2 } }),
    sealed: await new Sealer(env.CREDENTIALS_KEY).seal(JSON.stringify(content), { id, origin: "task" }),
    ...row,
  });
  return { id, chargeId: ref.id };
}

let mine: Customer;
let other: Customer;
beforeAll(async () => {
  [mine, other] = [await customer("Mine"), await customer("Other")];
});

it("a task is told to whoever pays for it, with its charge and what came of it", async () => {
  const { id, chargeId } = await addTask(mine, { state: "succeeded", progress: 100, amount: 700 });
  const task = await expectStatus(mine.client("GET", `/api/tasks/${id}`), 200);
  expect(task).toEqual({
    id,
    operation: "video",
    model: "sora-2",
    state: "succeeded",
    progress: 100,
    seconds: 8,
    created_at: new Date(NOON + made).toISOString(),
    finished_at: new Date(NOON + 60_000).toISOString(),
    expires_at: new Date(NOON + 1_000_000).toISOString(),
    results_expire_at: null,
    key_id: mine.keyId,
    charge_id: chargeId,
    amount_nanos: 700,
    amount: "0.0000007",
    error: null,
    urls: [`https://gateway.test/v1/videos/${id}/content?token=link-${made}`],
  });
  const receipt = await expectStatus(mine.client("GET", `/api/charges/${chargeId}`), 200);
  expect(receipt).toMatchObject({ amount_nanos: 700, request: { task: id } });
  await expectStatus(other.client("GET", `/api/tasks/${id}`), 404);
  expect(await expectStatus(other.client("GET", "/api/tasks"), 200)).toEqual({ data: [], next_cursor: null });
});

it("tasks are listed in pages, the latest first, by state and operation", async () => {
  const lister = await customer("Lister");
  const ids: string[] = [];
  const states = ["failed", "queued", "running", "succeeded"] as const;
  for (const state of states) ids.unshift((await addTask(lister, { state })).id);
  // Nobody has taken it: for its client there is none.
  await addTask(lister, { state: "submitting", upstreamId: null });
  const found: string[] = [];
  let query = "?limit=3";
  for (let page = 0; page < 2; page++) {
    const { data, next_cursor: cursor } = await expectStatus(lister.client("GET", `/api/tasks${query}`), 200);
    found.push(...(data as { id: string }[]).map((one) => one.id));
    query = `?limit=3&cursor=${String(cursor)}`;
    expect(cursor === null).toBe(page === 1);
  }
  expect(found).toEqual(ids);
  for (const [at, state] of states.toReversed().entries()) {
    const { data } = await expectStatus(lister.client("GET", `/api/tasks?state=${state}&operation=video`), 200);
    expect(data).toMatchObject([{ id: ids[at], state, urls: state === "succeeded" ? [expect.any(String)] : [] }]);
    expect(data[0].error).toEqual(
      state === "failed" ? { code: "content_policy_violation", message: "Not that." } : null,
    );
  }
  expect((await lister.client("GET", "/api/tasks?operation=other")).body.data).toEqual([]);
  await expectStatus(lister.client("GET", "/api/tasks?state=submitting"), 400);
});

it("a key that does not manage its account sees its own tasks alone", async () => {
  const manager = await customer("Manager");
  const created = await post(`/accounts/${manager.id}/keys`, { name: "worker" });
  const worker = { ...manager, keyId: created.id, client: caller(app, created.key) };
  const [theirs, own] = [await addTask(manager), await addTask(worker)];
  const listed = async (client: Call) =>
    ((await client("GET", "/api/tasks")).body.data as { id: string }[]).map(({ id }) => id);
  expect(await listed(worker.client)).toEqual([own.id]);
  expect(await listed(manager.client)).toEqual([own.id, theirs.id]);
  await expectStatus(worker.client("GET", `/api/tasks/${theirs.id}`), 404);
});

it("operators see what is open, and what an account has, but not what was asked for", async () => {
  const asker = await customer("Asker");
  const done = await addTask(asker, { state: "succeeded", amount: 100 });
  const open = await addTask(asker, { upstreamId: "one" });
  const waiting = await addTask(asker, { state: "submitting", upstreamId: null, terms: null });
  const idsOf = async (path: string) =>
    ((await expectStatus(operator("GET", `/admin/api/${path}`), 200)).data as { id: string }[]).map(({ id }) => id);
  expect(await idsOf(`accounts/${asker.id}/tasks`)).toEqual([waiting.id, open.id, done.id]);
  expect(await idsOf("tasks")).toEqual(expect.arrayContaining([waiting.id, open.id]));
  expect(await idsOf("tasks")).not.toContain(done.id);
  expect(await idsOf("tasks?upstream_id=one")).toEqual([open.id]);
  expect(await idsOf(`accounts/${asker.id}/tasks?state=succeeded`)).toEqual([done.id]);
  await expectStatus(operator("GET", "/admin/api/accounts/nobody/tasks"), 404);
  const task = await expectStatus(operator("GET", `/admin/api/tasks/${open.id}`), 200);
  expect(task).toMatchObject({
    account_id: asker.id,
    state: "running",
    seconds: 8,
    upstream: "one",
    upstream_task: "up-1",
    route: "r",
    charge_id: open.chargeId,
    amount_nanos: 0,
    closed_at: null,
    cost_nanos: null,
  });
  const told = JSON.stringify([task, (await operator("GET", `/admin/api/accounts/${asker.id}/tasks`)).body]);
  expect(told).not.toMatch(/secret wish|link-|nonce|sealed|retry/);
  const client = JSON.stringify((await asker.client("GET", "/api/tasks")).body);
  expect(client).not.toMatch(/secret-upstream|up-1|cost|nonce|sealed/);
});
