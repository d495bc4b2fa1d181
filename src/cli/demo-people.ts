/** The people of `npm run dev`: one who uses the gateway, and one who runs it; and what a site sells. */
import { scryptSync } from "node:crypto";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { toBase64Url } from "../core/base64.ts";
import { accounts, groups, identities, plans, users } from "../../schema/index.ts";
import { DEMO_ACCOUNT } from "../../schema/seed.ts";

export const DEMO_PASSWORD = "demo password";

/** The demo user pays from the account of the demo key. */
export const DEMO_PEOPLE = [
  { id: "demo-user", name: "Demo", email: "demo@example.com", role: "user", accountId: DEMO_ACCOUNT },
  { id: "demo-operator", name: "Olga", email: "operator@example.com", role: "operator", accountId: "demo-operator" },
] as const;

const UNIT = 1_000_000_000;

export async function writePeople(db: DrizzleD1Database, nowMs: number): Promise<void> {
  const createdAt = new Date(nowMs);
  await db.insert(accounts).values({ id: "demo-operator", name: "Olga", createdAt: nowMs }).onConflictDoNothing();
  for (const person of DEMO_PEOPLE) {
    await db
      .insert(users)
      .values({ ...person, createdAt, updatedAt: createdAt })
      .onConflictDoNothing();
    await db
      .insert(identities)
      .values({
        id: `${person.id}-password`,
        userId: person.id,
        accountId: person.id,
        providerId: "credential",
        password: hashOf(DEMO_PASSWORD),
        createdAt,
        updatedAt: createdAt,
      })
      .onConflictDoNothing();
  }
}

/** Plans, and a group that people may choose. */
export async function writeOffers(db: DrizzleD1Database, nowMs: number): Promise<void> {
  await db.batch([
    db
      .insert(plans)
      .values([
        {
          id: "demo-light",
          name: "Light",
          allowanceNanos: 2 * UNIT,
          priceNanos: 20 * UNIT,
          periodDays: 30,
          createdAt: nowMs,
        },
        {
          id: "demo-pro",
          name: "Pro",
          tier: 1,
          allowanceNanos: 10 * UNIT,
          priceNanos: 80 * UNIT,
          periodDays: 30,
          createdAt: nowMs,
        },
      ])
      .onConflictDoNothing(),
    db
      .insert(groups)
      .values({ id: "economy", name: "Economy", ratioPpm: 800_000, offered: true, createdAt: nowMs })
      .onConflictDoNothing(),
  ]);
}

/** As `access/password-hasher.ts` writes it. */
function hashOf(password: string): string {
  const [N, r, p] = [2 ** 14, 8, 5];
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = scryptSync(password, salt, 32, { N, r, p });
  return ["scrypt", N, r, p, toBase64Url(salt), toBase64Url(hash)].join("$");
}
