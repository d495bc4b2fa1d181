/** What ends when the password or the address of a person changes. */
import { and, eq, ne } from "drizzle-orm";
import { identities, verifications } from "../../../schema/index.ts";
import type { Services } from "../../services.ts";

/** Links to a new password, and sign-ins that wait for a code: they were begun with what does not count any more. */
export async function endLinks({ db }: Pick<Services, "db">, userId: string): Promise<void> {
  await db.delete(verifications).where(eq(verifications.value, userId));
}

/** All but the password. */
export async function removeIdentitiesElsewhere({ db }: Pick<Services, "db">, userId: string): Promise<void> {
  await db.delete(identities).where(and(eq(identities.userId, userId), ne(identities.providerId, "credential")));
}
