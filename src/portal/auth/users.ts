/** What can be done with people besides signing in. */
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { accounts, apiKeys, identities, secondFactors, sessions, users } from "../../../schema/index.ts";
import type { Services } from "../../services.ts";

type User = typeof users.$inferSelect;

/** What people choose for themselves; null = as the browser or the site says. */
export type Choices = Pick<User, "name" | "language" | "timeZone" | "colours">;

export async function changeChoices({ db, now }: Services, userId: string, choices: Choices): Promise<void> {
  await db
    .update(users)
    .set({ ...choices, updatedAt: new Date(now()) })
    .where(eq(users.id, userId));
}

/** @returns whether the address was free */
export async function changeEmail({ db, now }: Services, userId: string, email: string): Promise<boolean> {
  const isTaken = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.email, email), ne(users.id, userId)));
  const changed = await db
    .update(users)
    .set({ email, emailVerified: false, updatedAt: new Date(now()) })
    .where(and(eq(users.id, userId), sql`NOT EXISTS ${isTaken}`))
    .returning({ id: users.id });
  return changed.length === 1;
}

export async function countOperators({ db }: Pick<Services, "db">): Promise<number> {
  return db.$count(users, eq(users.role, "operator"));
}

interface Leaver {
  readonly id: string;
  readonly accountId: string;
}

/**
 * Removes a person. The account stays, because charges name it: disabled, with all its keys, unless somebody else uses it.
 */
export async function removeUser({ db, now }: Services, { id, accountId }: Leaver): Promise<void> {
  const others = await db.$count(users, and(eq(users.accountId, accountId), ne(users.id, id)));
  const isAlone = others === 0;
  await db.batch([
    db.delete(sessions).where(eq(sessions.userId, id)),
    db.delete(identities).where(eq(identities.userId, id)),
    db.delete(secondFactors).where(eq(secondFactors.userId, id)),
    db.delete(users).where(eq(users.id, id)),
    db
      .update(apiKeys)
      .set({ disabled: true, deletedAt: now() })
      .where(and(eq(apiKeys.accountId, accountId), sql`${isAlone ? 1 : 0} = 1`)),
    db
      .update(accounts)
      .set({ disabled: true })
      .where(and(inArray(accounts.id, [accountId]), sql`${isAlone ? 1 : 0} = 1`)),
  ]);
}
