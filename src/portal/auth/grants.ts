/** What a new account gets for nothing. Each account gets it once, and each mailbox, however its address is written. */
import { eq } from "drizzle-orm";
import { grants } from "../../../schema/index.ts";
import { postEntry } from "../../accounts/entries.ts";
import { Fault } from "../../core/fault.ts";
import { hmacSha256 } from "../../core/hmac.ts";
import { toBase64Url } from "../../core/base64.ts";
import type { Services } from "../../services.ts";

export interface Newcomer {
  readonly accountId: string;
  readonly email: string;
}

/** These ignore dots before the `@`. */
const DOTLESS = new Set(["gmail.com", "googlemail.com"]);

/** @param nanos 0 = nothing @param secret that of the portal: without it, nobody can tell which addresses were here */
export async function giveGrant(
  services: Services,
  { accountId, email }: Newcomer,
  { nanos, secret }: { readonly nanos: number; readonly secret: string },
): Promise<void> {
  if (nanos === 0) return;
  if (!(await isFirstOf(services, { accountId, email }, secret))) return;
  const grant = { kind: "adjustment", id: `grant:${accountId}`, amountNanos: nanos, reason: "sign-up" } as const;
  try {
    await postEntry(services, { accountId, by: "portal" }, grant);
  } catch (error) {
    // The account got its grant when it was another amount.
    if (!(error instanceof Fault && error.kind === "conflict")) throw error;
  }
}

/** Whether no other account had a grant for this mailbox: somebody may have left, or moved to another address. */
async function isFirstOf({ db, now }: Services, { accountId, email }: Newcomer, secret: string): Promise<boolean> {
  const mailboxHash = toBase64Url(await hmacSha256(secret, `grant ${mailboxOf(email)}`));
  await db.insert(grants).values({ mailboxHash, accountId, createdAt: now() }).onConflictDoNothing();
  const [row] = await db.select().from(grants).where(eq(grants.mailboxHash, mailboxHash));
  return row?.accountId === accountId;
}

/** `A.Nn+two@gmail.com` is `ann@gmail.com`. What follows a `+` names no other mailbox, nearly everywhere. */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1).toLowerCase();
  const written = email.slice(0, at).toLowerCase();
  const name = written.replace(/(?<=.)\+.*$/, "");
  return DOTLESS.has(domain) ? `${name.replaceAll(".", "")}@gmail.com` : `${name}@${domain}`;
}
