/** Links by mail: to a new password, and to prove an address. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eq } from "drizzle-orm";
import { accounts, apiKeys, entries, grants, identities, users } from "../../../schema/index.ts";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { ADMIN_TOKEN, FormClient, startPortal, type PortalStage } from "./stage.ts";

interface Mail {
  readonly authorization: string | undefined;
  readonly body: Record<string, string>;
}

const [DEMO] = DEMO_PEOPLE;

/** What takes mails, and the portal that sends them there. */
async function startMailing(hasDemo: boolean) {
  const mails: Mail[] = [];
  const server = createServer((request, response) => {
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
  const stage = await startPortal({
    hasDemo,
    vars: { MAIL_URL: `http://127.0.0.1:${port}/send`, MAIL_TOKEN: "mail-token", MAIL_FROM: "relay@example.com" },
  });
  const { url } = stage.gateway;
  return {
    stage,
    url,
    mails,
    /** The path of the link in the latest mail to an address. */
    linkTo(email: string, word: string): string {
      const text = mails.findLast(({ body }) => body["to"] === email)?.body["text"] ?? "";
      return new RegExp(`${url}(/${word}/[\\w.-]+)`).exec(text)?.[1] ?? "";
    },
    async close() {
      await stage.close();
      server.close();
    },
  };
}

type Mailing = Awaited<ReturnType<typeof startMailing>>;

describe("a link to a new password", () => {
  let mailing: Mailing;
  beforeAll(async () => {
    mailing = await startMailing(true);
  });
  afterAll(async () => mailing.close());

  it("sets a password once, and says nothing of who has an account", async () => {
    const { url, mails, stage } = mailing;
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
    const path = mailing.linkTo(DEMO.email, "reset");
    expect(path).not.toBe("");
    expect((await client.post(path, { password: "short" })).status).toBe(422);
    expect((await client.post(path, { password: "a new long password" })).headers.get("location")).toBe("/sign-in");
    expect((await client.post(path, { password: "another long password" })).status).toBe(422);
    expect((await client.signIn(DEMO.email, "a new long password")).headers.get("location")).toBe("/app");
    expect(JSON.stringify(stage.gateway.logged("reset_link"))).toBe("[]");
    expect(JSON.stringify(stage.gateway.requestLog())).not.toContain(path.slice("/reset/".length));
  });
});

describe("an address", () => {
  let mailing: Mailing;
  let db: PortalStage["gateway"]["db"];
  const SETUP = { token: ADMIN_TOKEN, name: "Boss", email: "boss@example.com", password: "a long enough password" };
  const ANN = "ann@example.com";

  beforeAll(async () => {
    mailing = await startMailing(false);
    ({ db } = mailing.stage.gateway);
    await mailing.stage.gateway.database
      .prepare("INSERT INTO site (id, settings, updated_at) VALUES (1, ?, 1)")
      .bind(JSON.stringify({ grantNanos: 2_000_000_000 }))
      .run();
  });
  afterAll(async () => mailing.close());

  const client = () => new FormClient(mailing.url);
  let ann: FormClient;
  const personOf = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];
  const balanceOf = async (email: string) => {
    const accountId = (await personOf(email))?.accountId ?? "";
    return (await db.select().from(accounts).where(eq(accounts.id, accountId)))[0]?.balanceNanos;
  };

  it("that is signed up gets a mail and nothing else: no session, no money", async () => {
    ann = client();
    const answer = await ann.signUp("Ann", ANN);
    expect([answer.status, answer.headers.get("location")]).toEqual([200, null]);
    expect(await answer.text()).toContain("Check your inbox");
    expect((await ann.get("/app")).headers.get("location")).toContain("/sign-in");
    expect(mailing.mails.at(-1)?.body).toMatchObject({
      to: ANN,
      subject: expect.stringContaining("confirm your address"),
    });
    expect([await balanceOf(ANN), (await personOf(ANN))?.emailVerified]).toEqual([0, false]);
  });

  it("that is taken gets the same answer, and a mail that says so", async () => {
    const texts: string[] = [];
    for (const email of ["new@example.com", ANN]) {
      const answer = await client().signUp("Somebody", email, "another long password");
      texts.push(`${answer.status} ${(await answer.text()).replaceAll(/req_[0-9a-f-]+/g, "…")}`);
    }
    expect(texts[0]).toBe(texts[1]);
    expect(mailing.mails.at(-1)?.body["subject"]).toContain("you have an account already");
    expect(await db.$count(users, eq(users.email, ANN))).toBe(1);
  });

  it("that is not proven makes no key and asks no model, and the link can be sent again", async () => {
    expect((await ann.signIn(ANN, "a long enough password")).headers.get("location")).toBe("/app");
    expect(await (await ann.get("/app")).text()).toContain("not confirmed yet");
    for (const answer of [
      await ann.get("/app/keys/new"),
      await ann.post("/app/keys/new", { name: "one" }),
      await ann.post("/app/playground", { model: "auto", message: "Hello" }),
      await ann.post("/app/playground/stream", { model: "auto", message: "Hello" }),
    ]) {
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/verify"]);
    }
    const accountId = (await personOf(ANN))?.accountId ?? "";
    expect(await db.$count(apiKeys, eq(apiKeys.accountId, accountId))).toBe(0);
    const before = mailing.mails.length;
    expect(await (await ann.get("/verify")).text()).toContain(ANN);
    expect(await (await ann.post("/verify")).text()).toContain("Check your inbox");
    await expect.poll(() => mailing.mails.length).toBe(before + 1);
  });

  it("is proven by the button behind the link, and gets its grant once", async () => {
    const path = mailing.linkTo(ANN, "verify");
    const stranger = client();
    expect((await stranger.get(path)).status).toBe(200);
    expect((await personOf(ANN))?.emailVerified).toBe(false);
    expect((await stranger.post(`${path.slice(0, -4)}AAAA`)).status).toBe(422);
    for (let again = 0; again < 2; again++) {
      expect((await stranger.post(path)).headers.get("location")).toBe("/sign-in");
    }
    expect((await stranger.get("/app")).headers.get("location")).toContain("/sign-in");
    const accountId = (await personOf(ANN))?.accountId ?? "";
    expect([await balanceOf(ANN), await db.$count(entries, eq(entries.accountId, accountId))]).toEqual([
      2_000_000_000, 1,
    ]);
    expect((await ann.post("/app/keys/new", { name: "one" })).headers.get("location")).toMatch(/created$/);
    expect(JSON.stringify(mailing.stage.gateway.requestLog())).not.toContain(path.slice("/verify/".length));
  });

  it("that is changed stays until the new one is proven; another grant does not come with it", async () => {
    const answer = await ann.post("/app/account/email", { email: "ann@example.org" });
    expect(await answer.text()).toContain("Until then your address stays as it is");
    await expect.poll(() => mailing.linkTo("ann@example.org", "verify")).not.toBe("");
    expect([await personOf("ann@example.org"), (await ann.get("/app/keys/new")).status]).toEqual([undefined, 200]);
    const path = mailing.linkTo("ann@example.org", "verify");
    // Whoever has lost the session cannot end what it began.
    expect((await client().post(path)).headers.get("location")).toBe(`/sign-in?to=${encodeURIComponent(path)}`);
    const stranger = client();
    await stranger.signUp("Stranger", "stranger@example.com");
    await stranger.signIn("stranger@example.com", "a long enough password");
    expect((await stranger.post(path)).status).toBe(422);
    expect(await personOf("ann@example.org")).toBeUndefined();
    expect((await ann.post(path)).headers.get("location")).toBe("/app");
    expect([await balanceOf("ann@example.org"), (await ann.get("/app/keys/new")).status]).toEqual([2_000_000_000, 200]);
    // Neither that link nor the one to the address of before does anything now.
    expect((await ann.post(path)).status).toBe(422);
    expect((await ann.post(mailing.linkTo(ANN, "verify"))).status).toBe(422);
  });

  it("of somebody else cannot be taken by a change, and the answer does not tell whose it is", async () => {
    const mallory = client();
    await mallory.signUp("Mallory", "mallory@example.com");
    await mallory.signIn("mallory@example.com", "a long enough password");
    const texts: string[] = [];
    for (const email of ["victim@example.com", "ann@example.org"]) {
      const answer = await mallory.post("/app/account/email", { email });
      texts.push(`${answer.status} ${(await answer.text()).replaceAll(email, "…").replaceAll(/req_[0-9a-f-]+/g, "…")}`);
    }
    expect(texts[0]).toBe(texts[1]);
    await expect.poll(() => mailing.linkTo("victim@example.com", "verify")).not.toBe("");
    // The victim signs up, and gets an account of their own. Mallory's link is worth nothing then.
    const link = mailing.linkTo("victim@example.com", "verify");
    await client().signUp("Victim", "victim@example.com", "a password of the victim");
    expect(await personOf("victim@example.com")).toMatchObject({ name: "Victim" });
    expect((await mallory.post(link)).status).toBe(422);
    expect(await personOf("mallory@example.com")).toMatchObject({ emailVerified: false });
  });

  it("that is not proven lets nobody in another way, also once its owner has set a password", async () => {
    const thief = client();
    await thief.signUp("Thief", "owner@example.com", "a password of the thief");
    await thief.signIn("owner@example.com", "a password of the thief");
    for (const path of ["/app/account/connect", "/app/account/codes", "/app/account/codes/confirm"]) {
      const answer = await thief.post(path, { provider: "oidc", password: "a password of the thief", code: "000000" });
      expect(answer.headers.get("location"), path).toBe("/verify");
    }
    // As a provider leaves it that does not prove addresses.
    const { id: userId = "" } = (await personOf("owner@example.com")) ?? {};
    const at = new Date();
    await db
      .insert(identities)
      .values({ id: "thief", userId, providerId: "oidc", accountId: "1", createdAt: at, updatedAt: at });
    await client().post("/reset", { email: "owner@example.com" });
    await expect.poll(() => mailing.linkTo("owner@example.com", "reset")).not.toBe("");
    await client().post(mailing.linkTo("owner@example.com", "reset"), { password: "a password of the owner" });
    const left = await db.select().from(identities).where(eq(identities.userId, userId));
    expect(left.map(({ providerId }) => providerId)).toEqual(["credential"]);
    expect((await thief.get("/app")).status).toBe(303);
  });

  it("has one grant, whoever leaves, moves or writes it in another way", async () => {
    const join = async (email: string) => {
      const person = client();
      await person.signUp("Greedy", email);
      await person.post(mailing.linkTo(email, "verify"));
      await person.signIn(email, "a long enough password");
      return person;
    };
    const greedy = await join("greedy@example.com");
    expect(await balanceOf("greedy@example.com")).toBe(2_000_000_000);
    await greedy.post("/app/account/delete", { password: "a long enough password" });
    expect(await personOf("greedy@example.com")).toBeUndefined();
    for (const email of ["greedy+again@example.com", "Greedy+2@Example.com"]) {
      await join(email.toLowerCase());
      expect(await balanceOf(email.toLowerCase()), email).toBe(0);
    }
    // A mailbox of before, after a move.
    const mover = await join("mover@example.com");
    await mover.post("/app/account/email", { email: "mover@example.org" });
    await expect.poll(() => mailing.linkTo("mover@example.org", "verify")).not.toBe("");
    await mover.post(mailing.linkTo("mover@example.org", "verify"));
    expect(await balanceOf("mover@example.org")).toBe(2_000_000_000);
    await join("mover@example.com");
    expect([await balanceOf("mover@example.com"), (await personOf("mover@example.com"))?.emailVerified]).toEqual([
      0,
      true,
    ]);
    expect(JSON.stringify(await db.select().from(grants))).not.toMatch(/greedy|mover|example/);
  });

  it("of before gets no link that works once there is a new one; nor does a password of before", async () => {
    const proven = async (email: string) => {
      const person = client();
      await person.signUp("Eve", email);
      await person.post(mailing.linkTo(email, "verify"));
      await person.signIn(email, "a long enough password");
      return person;
    };
    const askedFor = async (email: string) => {
      const before = mailing.linkTo(email, "reset");
      await client().post("/reset", { email });
      await expect.poll(() => mailing.linkTo(email, "reset")).not.toBe(before);
      return mailing.linkTo(email, "reset");
    };
    const eve = await proven("eve@example.com");
    const first = await askedFor("eve@example.com");
    await eve.post("/app/account/password", { current: "a long enough password", password: "a new long password" });
    expect((await client().post(first, { password: "a password of a thief" })).status).toBe(422);
    const mia = await proven("mia@example.com");
    const second = await askedFor("mia@example.com");
    await mia.post("/app/account/email", { email: "mia@example.org" });
    await expect.poll(() => mailing.linkTo("mia@example.org", "verify")).not.toBe("");
    expect((await mia.post(mailing.linkTo("mia@example.org", "verify"))).headers.get("location")).toBe("/app");
    expect((await client().post(second, { password: "a password of a thief" })).status).toBe(422);
    const third = await askedFor("mia@example.org");
    const fourth = await askedFor("mia@example.org");
    expect((await client().post(third, { password: "a password by mail" })).status).toBe(303);
    expect((await client().post(fourth, { password: "a password of a thief" })).status).toBe(422);
  });

  it("that was wrong at sign-up is proven by the link to the right one", async () => {
    const bob = client();
    await bob.signUp("Bob", "bbo@example.com");
    await bob.signIn("bbo@example.com", "a long enough password");
    await bob.post("/app/account/email", { email: "bob@example.com" });
    await expect.poll(() => mailing.linkTo("bob@example.com", "verify")).not.toBe("");
    expect((await bob.post(mailing.linkTo("bob@example.com", "verify"))).headers.get("location")).toBe("/app");
    expect([await balanceOf("bob@example.com"), (await bob.get("/app/keys/new")).status]).toEqual([2_000_000_000, 200]);
  });

  it.each(["a<victim@example.com>", "a,b@example.com", "a;b@example.com", "а@example.com", "a\nbcc:b@example.com"])(
    "is no such text as %j",
    async (email) => {
      const answer = await ann.post("/app/account/email", { email });
      expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("Enter an e-mail address")]);
    },
  );

  it("of somebody who signed up before does not become the first operator's", async () => {
    await client().signUp("Mallory", SETUP.email, "a password of Mallory");
    expect((await client().post("/setup", SETUP)).status).toBe(422);
    expect((await personOf(SETUP.email))?.role).toBe("user");
    const boss = client();
    const made = await boss.post("/setup", { ...SETUP, email: "real-boss@example.com" });
    expect(made.headers.get("location")).toBe("/admin");
    expect((await boss.get("/admin")).status).toBe(200);
    // Nor does anybody become one who has not proven the address: it may be that of a colleague.
    const colleague = "colleague@example.com";
    await client().signUp("Somebody", colleague);
    const { id: user = "", accountId = "" } = (await personOf(colleague)) ?? {};
    const promote = async () => boss.post(`/admin/accounts/${accountId}/role`, { user, role: "operator" });
    const refused = await promote();
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("is not confirmed yet")]);
    expect((await personOf(colleague))?.role).toBe("user");
    await client().post(mailing.linkTo(colleague, "verify"));
    expect((await promote()).status).toBe(303);
    expect((await personOf(colleague))?.role).toBe("operator");
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
});
