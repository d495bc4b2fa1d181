/** Sign-up, sign-in, sessions, second factors and reset links: the library, with our tables, cookies and hashes. */
import { APIError } from "better-auth/api";
import { betterAuth } from "better-auth/minimal";
import { oidcPlugins, socialProviders } from "./providers.ts";
import { twoFactor } from "better-auth/plugins/two-factor";
import { drizzleAdapter } from "@better-auth/drizzle-adapter";
import { identities, secondFactors, sessions, users, verifications } from "../../../schema/index.ts";
import { createAccount } from "../../accounts/accounts.ts";
import { log } from "../../core/log.ts";
import type { Services } from "../../services.ts";
import { giveGrant, type Newcomer } from "./grants.ts";
import { endLinks, removeIdentitiesElsewhere } from "./endings.ts";
import { hasMail, sendLink } from "./mail.ts";

const MINUTE_S = 60;
const DAY_S = 24 * 60 * MINUTE_S;

export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 128;
/** How long a link to a new password works. */
export const RESET_LINK_S = 60 * MINUTE_S;
const PROOF_LINK_S = DAY_S;

export interface AuthOptions {
  readonly services: Services;
  /** Such as `https://llm.example.com`. */
  readonly origin: string;
  readonly secret: string;
  readonly siteName: string;
  /** What a new account gets; where mail is set up, once its address is proven. */
  readonly grantNanos: () => Promise<number>;
  /** Whether somebody may get an account without a form of ours, with an account elsewhere. */
  readonly mayJoin: () => Promise<boolean>;
}

export type Auth = ReturnType<typeof createAuth>;

export function createAuth({ services, origin, secret, siteName, grantNanos, mayJoin }: AuthOptions) {
  const secure = origin.startsWith("https:");
  const provesAddresses = hasMail(services);
  const give = async (newcomer: Newcomer) => giveGrant(services, newcomer, { nanos: await grantNanos(), secret });
  return betterAuth({
    appName: siteName,
    baseURL: origin,
    basePath: "/auth",
    secret,
    telemetry: { enabled: false },
    // The portal counts tries itself, before a password is hashed.
    rateLimit: { enabled: false },
    logger: { log: (level, message) => log(level === "error" ? "error" : "warn", "auth", { message }) },
    database: drizzleAdapter(services.db, {
      provider: "sqlite",
      schema: { users, sessions, identities, verifications, second_factors: secondFactors },
    }),
    user: {
      modelName: "users",
      additionalFields: {
        role: { type: "string", input: false, required: false },
        accountId: { type: "string", input: false, required: false },
        language: { type: "string", input: false, required: false },
        timeZone: { type: "string", input: false, required: false },
        colours: { type: "string", input: false, required: false },
      },
      deleteUser: { enabled: true },
      // Where mail is set up, the address of before counts until the link to the new one was opened.
      changeEmail: { enabled: provesAddresses },
    },
    session: { modelName: "sessions", expiresIn: 30 * DAY_S, updateAge: DAY_S },
    socialProviders: socialProviders(services.settings),
    onAPIError: { errorURL: `${origin}/sign-in` },
    account: {
      modelName: "identities",
      encryptOAuthTokens: true,
      // The same e-mail elsewhere proves nothing here: people connect accounts when they are signed in.
      accountLinking: { trustedProviders: [], disableImplicitLinking: true, allowDifferentEmails: true },
    },
    verification: { modelName: "verifications", storeIdentifier: "hashed" },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: RESET_LINK_S,
      onPasswordReset: async ({ user }) => {
        await endLinks(services, user.id);
        // Whoever made the account never proved the address: another way in may be theirs.
        if (provesAddresses && !user.emailVerified) await removeIdentitiesElsewhere(services, user.id);
      },
      sendResetPassword: async ({ user, token }) =>
        sendLink(services, "reset", { origin, to: user.email, path: `/reset/${token}` }),
      // Where mails are sent, signing up says nothing of who has an account: the mail does.
      autoSignIn: !provesAddresses,
      onExistingUserSignUp: async ({ user }) => sendLink(services, "taken", { origin, to: user.email, path: "/reset" }),
      password: {
        hash: async (password) => services.passwords().hash(password),
        verify: async ({ hash, password }) => services.passwords().verify(hash, password),
      },
    },
    emailVerification: {
      sendOnSignUp: provesAddresses,
      expiresIn: PROOF_LINK_S,
      sendVerificationEmail: async ({ user, token }) =>
        sendLink(services, "proof", { origin, to: user.email, path: `/verify/${token}` }),
      // Before: if this fails, the link works again.
      beforeEmailVerification: async (user) => give(user as unknown as Newcomer),
    },
    databaseHooks: {
      user: {
        create: {
          // An account without a user is harmless; a user without an account is not.
          before: async (user, context) => {
            const isOwnForm = context?.path === undefined || context.path === "/sign-up/email";
            if (!isOwnForm && !(await mayJoin())) throw new APIError("FORBIDDEN", { message: "closed" });
            const { id: accountId } = await createAccount(services, { name: user.name });
            if (user.emailVerified || !provesAddresses) await give({ accountId, email: user.email });
            return { data: { ...user, role: "user", accountId } };
          },
        },
      },
    },
    plugins: [
      twoFactor({
        issuer: siteName,
        twoFactorTable: "second_factors",
        backupCodeOptions: { amount: 10, storeBackupCodes: "encrypted" },
      }),
      ...oidcPlugins(services.settings),
    ],
    advanced: {
      useSecureCookies: false,
      cookiePrefix: secure ? "__Host-auth" : "auth",
      cookies: { session_token: { name: secure ? "__Host-session" : "session" } },
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: "lax", path: "/" },
      ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] },
    },
  });
}
