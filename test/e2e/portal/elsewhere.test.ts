/** Signing in with an account elsewhere: the whole way at a provider of OpenID Connect, the first step at the others. */
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identities, users } from "../../../schema/index.ts";
import { DEMO_PEOPLE } from "../../../src/cli/demo-people.ts";
import { FormClient, startPortal, type PortalStage } from "./stage.ts";

interface Claims {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

const [DEMO] = DEMO_PEOPLE;

/** Answers every sign-in with `claims`. */
class Provider {
  claims: Claims = { sub: "1", email: "new@example.com", email_verified: true, name: "New" };
  issuer = "";
  /** That of the sign-in which has begun last. */
  nonce: string | undefined;
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  /** The bodies that were sent for tokens. */
  readonly asked: URLSearchParams[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (piece: Buffer) => (text += piece.toString()));
      request.on("end", () => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(this.#answer(request.url ?? "", text)));
      });
    });
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    this.issuer = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @see https://openid.net/specs/openid-connect-core-1_0.html#IDToken */
  #idToken(): string {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const iat = Math.floor(Date.now() / 1000);
    const claims = { ...this.claims, iss: this.issuer, aud: "client", iat, exp: iat + 60, nonce: this.nonce };
    const signed = `${encoded({ alg: "RS256", kid: "k" })}.${encoded(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), this.#keys.privateKey).toString("base64url")}`;
  }

  stop(): void {
    this.#server.close();
  }

  #answer(path: string, body: string): object {
    if (path.startsWith("/token")) {
      this.asked.push(new URLSearchParams(body));
      const id_token = this.#idToken();
      return { access_token: "access-token-of-the-provider", id_token, token_type: "Bearer", expires_in: 3600 };
    }
    if (path.startsWith("/jwks")) {
      return { keys: [{ ...this.#keys.publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" }] };
    }
    if (path.startsWith("/userinfo")) return this.claims;
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      userinfo_endpoint: `${this.issuer}/userinfo`,
      jwks_uri: `${this.issuer}/jwks`,
    };
  }
}

describe("an account elsewhere", () => {
  const provider = new Provider();
  let stage: PortalStage;
  let url: string;

  beforeAll(async () => {
    await provider.start();
    stage = await startPortal({
      vars: {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: "client",
        OIDC_CLIENT_SECRET: "client-secret",
        OIDC_NAME: "Company",
        GITHUB_CLIENT_ID: "github-client",
        GITHUB_CLIENT_SECRET: "github-secret",
        GOOGLE_CLIENT_ID: "google-client",
        GOOGLE_CLIENT_SECRET: "google-secret",
      },
    });
    ({ url } = stage.gateway);
  });
  afterAll(async () => {
    await stage.close();
    provider.stop();
  });

  /** Goes to the provider and back. @returns where that leads */
  async function goThere(client: FormClient, path = "/sign-in/with"): Promise<string> {
    const sent = await client.post(path, { provider: "oidc", to: "/app/keys" });
    const there = new URL(sent.headers.get("location") ?? "");
    expect(there.origin, await sent.text()).toBe(provider.issuer);
    provider.nonce = there.searchParams.get("nonce") ?? undefined;
    const { redirect_uri: back = "", state = "", code_challenge: challenge } = Object.fromEntries(there.searchParams);
    expect([back, challenge === undefined]).toEqual([`${url}/auth/callback/oidc`, false]);
    const answer = await client.get(`/auth/callback/oidc?code=code&state=${encodeURIComponent(state)}`);
    return (answer.headers.get("location") ?? "").replace(url, "");
  }

  it("is offered on the sign-in page, whose forms may lead there", async () => {
    const answer = await new FormClient(url).get("/sign-in");
    const text = await answer.text();
    for (const name of ["GitHub", "Google", "Company"]) expect(text).toContain(`Sign in with ${name}`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`form-action 'self' https://github.com https://accounts.google.com ${provider.issuer};`);
  });

  it.each([
    ["github", "https://github.com/login/oauth/authorize", "github-client"],
    ["google", "https://accounts.google.com/o/oauth2", "google-client"],
  ])("at %s begins at the vendor's own page", async (id, page, clientId) => {
    const answer = await new FormClient(url).post("/sign-in/with", { provider: id });
    const there = new URL(answer.headers.get("location") ?? "");
    expect(there.href.startsWith(page), there.href).toBe(true);
    expect(there.searchParams.get("client_id")).toBe(clientId);
    expect(there.searchParams.get("redirect_uri")).toBe(`${url}/auth/callback/${id}`);
  });

  it("makes an account where the site is open, and its tokens are sealed", async () => {
    const client = new FormClient(url);
    expect(await goThere(client)).toBe("/app/keys");
    expect(provider.asked.at(-1)?.get("grant_type")).toBe("authorization_code");
    expect((await client.get("/app/keys")).status).toBe(200);
    const { db } = stage.gateway;
    const [person] = await db.select().from(users).where(eq(users.email, "new@example.com"));
    expect(person).toMatchObject({ name: "New", role: "user" });
    const rows = await db
      .select()
      .from(identities)
      .where(eq(identities.userId, person?.id ?? ""));
    expect(rows.map(({ providerId, accountId }) => [providerId, accountId])).toEqual([["oidc", "1"]]);
    expect(JSON.stringify(rows)).not.toContain("access-token-of-the-provider");
    // Again: the same person, no second one.
    const again = new FormClient(url);
    expect(await goThere(again)).toBe("/app/keys");
    expect(await db.$count(users, eq(users.email, "new@example.com"))).toBe(1);
  });

  it("does not take over an account of the same e-mail", async () => {
    provider.claims = { sub: "2", email: DEMO.email, email_verified: true, name: "Mallory" };
    const client = new FormClient(url);
    const back = await goThere(client);
    expect(back).toBe("/sign-in?error=account_not_linked");
    expect((await client.get("/app")).status).toBe(303);
    expect(await (await client.get(back)).text()).toContain("There is an account with this e-mail already");
  });

  it("is connected by its owner, and lets them in; then it is disconnected", async () => {
    provider.claims = { sub: "3", email: "at-the-company@example.com", email_verified: true, name: "Demo" };
    const client = new FormClient(url);
    await client.signIn(DEMO.email);
    expect(await goThere(client, "/app/account/connect")).toBe("/app/account");
    const { db } = stage.gateway;
    const of = async () =>
      (await db.select().from(identities).where(eq(identities.userId, DEMO.id))).map((row) => row.providerId);
    expect(await of()).toEqual(["credential", "oidc"]);
    const other = new FormClient(url);
    expect(await goThere(other)).toBe("/app/keys");
    expect(await (await other.get("/app/account")).text()).toContain(DEMO.email);
    await client.post("/app/account/disconnect", { provider: "oidc" });
    expect(await of()).toEqual(["credential"]);
  });

  it("is refused with a state that is not this browser's", async () => {
    const sent = await new FormClient(url).post("/sign-in/with", { provider: "oidc" });
    const state = new URL(sent.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const thief = new FormClient(url);
    const answer = await thief.get(`/auth/callback/oidc?code=code&state=${encodeURIComponent(state)}`);
    expect(answer.headers.get("location")).toContain("error=");
    expect((await thief.get("/app")).status).toBe(303);
  });

  it("makes no account where the site is closed", async () => {
    await stage.gateway.database
      .prepare("INSERT INTO site (id, settings, updated_at) VALUES (1, ?, 1)")
      .bind(JSON.stringify({ signUp: "closed" }))
      .run();
    provider.claims = { sub: "4", email: "uninvited@example.com", email_verified: true, name: "Uninvited" };
    // Isolates know the settings for some seconds.
    const signUp = async () => (await new FormClient(url).get("/sign-up")).text();
    await expect.poll(signUp, { timeout: 20_000, interval: 500 }).toContain("takes no new accounts");
    expect(await goThere(new FormClient(url))).toBe("/sign-in?error=signup_disabled");
    expect(await stage.gateway.db.$count(users, eq(users.email, "uninvited@example.com"))).toBe(0);
  });

  it("has no other path of the library open to the network", async () => {
    for (const path of [
      "/auth/get-session",
      "/auth/sign-in/email",
      "/auth/callback",
      "/auth/two-factor/enable",
      "/auth/ok",
    ]) {
      expect((await new FormClient(url).get(path)).status, path).toBe(404);
      expect((await new FormClient(url).post(path)).status, path).toBe(404);
    }
  });
});
