import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { accounts } from "./accounts.ts";
import { flag } from "./columns.ts";

/** Unix milliseconds; a `Date` in code, as the sign-in library wants it. */
const date = (name: string) => integer(name, { mode: "timestamp_ms" });

/** People who sign in to the portal. The library writes the rows of this file; see `src/portal/auth/auth.ts`. */
export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** Lower case. */
    email: text("email").notNull().unique(),
    emailVerified: flag("email_verified").notNull().default(false),
    image: text("image"),
    createdAt: date("created_at").notNull(),
    updatedAt: date("updated_at").notNull(),
    role: text("role", { enum: ["user", "operator"] })
      .notNull()
      .default("user"),
    /** Who pays for what the person does. */
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    twoFactorEnabled: flag("two_factor_enabled").notNull().default(false),
    /** What the person chose; null = as the browser says. */
    language: text("language", { enum: ["en", "zh"] }),
    timeZone: text("time_zone"),
    colours: text("colours", { enum: ["light", "dark"] }),
  },
  (table) => [index("users_account").on(table.accountId)],
);

/** Signed-in browsers. A cookie is valid only with the signature that `SESSION_SECRET` makes. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    token: text("token").notNull().unique(),
    expiresAt: date("expires_at").notNull(),
    createdAt: date("created_at").notNull(),
    updatedAt: date("updated_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
  },
  (table) => [index("sessions_user").on(table.userId), index("sessions_expiry").on(table.expiresAt)],
);

/** Ways to sign in: a password (`credential`), or an account at another provider. */
export const identities = sqliteTable(
  "identities",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    providerId: text("provider_id").notNull(),
    /** The person's id at the provider. */
    accountId: text("account_id").notNull(),
    /** `scrypt$N$r$p$salt$hash` */
    password: text("password"),
    /** Sealed by the library. */
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: date("access_token_expires_at"),
    refreshTokenExpiresAt: date("refresh_token_expires_at"),
    scope: text("scope"),
    createdAt: date("created_at").notNull(),
    updatedAt: date("updated_at").notNull(),
  },
  (table) => [index("identities_user").on(table.userId), index("identities_provider").on(table.accountId)],
);

/** Links in mails and sign-ins that have begun. Identifiers are hashed. */
export const verifications = sqliteTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: date("expires_at").notNull(),
    createdAt: date("created_at").notNull(),
    updatedAt: date("updated_at").notNull(),
  },
  (table) => [
    index("verifications_identifier").on(table.identifier),
    index("verifications_expiry").on(table.expiresAt),
  ],
);

/** One-time codes of an authenticator app, encrypted under `SESSION_SECRET`. */
export const secondFactors = sqliteTable(
  "second_factors",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id),
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    verified: flag("verified").notNull().default(true),
    failedVerificationCount: integer("failed_verification_count").notNull().default(0),
    lockedUntil: date("locked_until"),
  },
  (table) => [index("second_factors_user").on(table.userId)],
);
