/** Invitations: codes that let one person sign up each. Only hashes are stored. */
import { and, eq, gt, isNull } from "drizzle-orm";
import { invitations } from "../../../schema/index.ts";
import { sha256Hex } from "../../core/id.ts";
import { toBase64Url } from "../../core/base64.ts";
import type { Services } from "../../services.ts";

const CODE_BYTES = 16;

interface Use {
  readonly code: string;
  /** The e-mail address of who signs up. */
  readonly by: string;
}

/** @returns the code, which cannot be read again */
export async function makeInvitation(
  { db, now }: Services,
  { note, expiresAt }: { readonly note: string; readonly expiresAt: number },
): Promise<string> {
  const code = toBase64Url(crypto.getRandomValues(new Uint8Array(CODE_BYTES)));
  await db.insert(invitations).values({ hash: await sha256Hex(code), note, createdAt: now(), expiresAt });
  return code;
}

/** Whether the invitation was unused and is used now. */
export async function takeInvitation({ db, now }: Services, { code, by }: Use): Promise<boolean> {
  const isFree = and(
    eq(invitations.hash, await sha256Hex(code)),
    isNull(invitations.usedBy),
    gt(invitations.expiresAt, now()),
  );
  const taken = await db.update(invitations).set({ usedBy: by, usedAt: now() }).where(isFree).returning();
  return taken.length === 1;
}

/** Gives an invitation back: the sign-up that took it failed. */
export async function releaseInvitation({ db }: Services, { code, by }: Use): Promise<void> {
  const isTaken = and(eq(invitations.hash, await sha256Hex(code)), eq(invitations.usedBy, by));
  await db.update(invitations).set({ usedBy: null, usedAt: null }).where(isTaken);
}
