import { sha256Hex } from "../core/id.ts";

/** More would leave a client little room in the 64 characters that upstreams allow for a name. */
const LENGTH = 24;

/** What upstreams see in place of an account: always the same for an account, and no way back to it. */
export async function accountAlias(accountId: string): Promise<string> {
  return (await sha256Hex(`account ${accountId}`)).slice(0, LENGTH);
}
