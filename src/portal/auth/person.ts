/** Who is signed in: their row, and the session of this browser. */
import type { users } from "../../../schema/index.ts";
import type { Services } from "../../services.ts";
import type { Auth } from "./auth.ts";
import { hasMail } from "./mail.ts";

type User = typeof users.$inferSelect;

export interface Person extends Pick<
  User,
  | "id"
  | "name"
  | "email"
  | "emailVerified"
  | "role"
  | "accountId"
  | "twoFactorEnabled"
  | "language"
  | "timeZone"
  | "colours"
> {
  readonly sessionId: string;
  readonly sessionToken: string;
  /** Unix milliseconds: when the person last proved who they are. */
  readonly signedInAt: number;
}

/** Whether somebody has yet to open the link that was sent to their address. */
export function mustProve(
  { services }: { readonly services: Services },
  { emailVerified }: Pick<Person, "emailVerified">,
): boolean {
  return hasMail(services) && !emailVerified;
}

/** undefined = nobody, or a cookie that is forged, over, or of somebody who is gone. */
export async function personOf(
  auth: Auth,
  headers: Headers,
): Promise<{ person: Person; headers: Headers } | undefined> {
  const { headers: answered, response: found } = await auth.api.getSession({ headers, returnHeaders: true });
  if (found === null) return undefined;
  const { user, session } = found;
  const { id, name, email, emailVerified } = user;
  const known = user as unknown as User;
  const { role, accountId, twoFactorEnabled, language, timeZone, colours } = known;
  return {
    person: {
      id,
      name,
      email,
      emailVerified,
      role,
      accountId,
      twoFactorEnabled,
      language,
      timeZone,
      colours,
      sessionId: session.id,
      sessionToken: session.token,
      signedInAt: session.createdAt.getTime(),
    },
    headers: answered,
  };
}
