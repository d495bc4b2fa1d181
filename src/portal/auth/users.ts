/** What can be done with people besides signing in. */
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { accounts, apiKeys, audit, identities, secondFactors, sessions, users } from "../../../schema/index.ts";
import { AuditNote, type AuditFacts } from "../../accounts/audit-note.ts";
import { toBase64Url } from "../../core/base64.ts";
import type { Services } from "../../services.ts";
import type { OwnVisit } from "../visit.ts";
import { RESET_LINK_S } from "./auth.ts";

type User = typeof users.$inferSelect;

/** What people choose for themselves; null = as the browser or the site says. */
export type Choices = Pick<User, "name" | "language" | "timeZone" | "colours">;

export async function changeChoices({ db, now }: Services, userId: string, choices: Choices): Promise<void> {
  await db
    .update(users)
    .set({ ...choices, updatedAt: new Date(now()) })
    .where(eq(users.id, userId));
}

/** At once: where no mail is set up. @returns whether the address was free */
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

/** @returns whether it was there, and not the last way for the person to sign in */
export async function removeIdentity({ db }: Services, userId: string, providerId: string): Promise<boolean> {
  const others = db
    .select({ id: identities.id })
    .from(identities)
    .where(and(eq(identities.userId, userId), ne(identities.providerId, providerId)));
  const removed = await db
    .delete(identities)
    .where(and(eq(identities.userId, userId), eq(identities.providerId, providerId), sql`EXISTS ${others}`))
    .returning({ id: identities.id });
  return removed.length > 0;
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

type Person = Pick<User, "id" | "email">;

/** What operators do here is in the audit log, as what the operator API does. */
function noteOf(visit: OwnVisit, action: string, { id, email }: Person): AuditNote {
  return auditNote(visit, { action, path: `users/${id}`, sent: { email } });
}

function auditNote(
  { services, person, context }: OwnVisit,
  done: Pick<AuditFacts, "action" | "path" | "sent">,
): AuditNote {
  return new AuditNote({
    ...done,
    operator: person.email,
    requestId: context.env.log.requestId,
    address: context.req.header("cf-connecting-ip") ?? null,
    nowMs: services.now(),
  });
}

/** @returns false where nobody would be an operator any more */
export async function changeRole(visit: OwnVisit, person: Person, role: User["role"]): Promise<boolean> {
  const { db } = visit.services;
  const others = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "operator"), ne(users.id, person.id)));
  const update = db
    .update(users)
    .set({ role })
    .where(and(eq(users.id, person.id), role === "operator" ? undefined : sql`EXISTS ${others}`))
    .returning({ id: users.id });
  const [changed] = await db.batch([
    update,
    db.insert(audit).select(noteOf(visit, `portal: role ${role}`, person).take()),
  ]);
  return changed.length === 1;
}

/** Signs somebody out of all browsers. */
export async function endSessions(visit: OwnVisit, person: Person): Promise<void> {
  const { db } = visit.services;
  await db.batch([
    db.delete(sessions).where(eq(sessions.userId, person.id)),
    db.insert(audit).select(noteOf(visit, "portal: sign out everywhere", person).take()),
  ]);
}

/** @returns the token of a link to a new password, which works once */
export async function makeResetToken(visit: OwnVisit, person: Person): Promise<string> {
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
  const { internalAdapter } = await visit.auth.$context;
  await internalAdapter.createVerificationValue({
    value: person.id,
    identifier: `reset-password:${token}`,
    expiresAt: new Date(visit.services.now() + RESET_LINK_S * 1000),
  });
  await visit.services.db.insert(audit).select(noteOf(visit, "portal: link to a new password", person).alone());
  return token;
}

/** Writes what an operator did where no row of ours says so in its own transaction. */
export async function noteInAudit(visit: OwnVisit, action: string, path: string, sent: object): Promise<void> {
  await visit.services.db.insert(audit).select(auditNote(visit, { action, path, sent }).alone());
}
