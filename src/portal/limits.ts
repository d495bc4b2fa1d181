/** How often people may try: counted before anything is looked up or hashed. */
import { addressCheck } from "../access/limits/address.ts";
import { retryAfterMs } from "../access/limits/headers.ts";
import { sha256Hex } from "../core/id.ts";
import type { Visit } from "./visit.ts";

const TRIES_PER_SUBJECT = 5;
const TRIES_PER_ADDRESS = 20;
/** The limit of addresses belongs to the API; tries have their own window. */
const NO_LIMIT = 1_000_000;

/**
 * Counts a try against the address, and against what it is about: an e-mail, an account.
 * @returns the seconds to wait; undefined = go on
 */
export async function countTry(
  { services, context }: Visit,
  kind: "sign-in" | "redeem" | "order",
  about: string | undefined,
): Promise<number | undefined> {
  const { subject } = addressCheck(context.req.raw.headers, NO_LIMIT);
  const aboutHash = about === undefined ? undefined : await sha256Hex(about);
  const { key, account } = await services.limiter.check({
    ip: { subject: `try:${subject}`, limit: NO_LIMIT, counted: true },
    key: aboutHash === undefined ? undefined : { subject: `${kind}:${aboutHash}`, limit: TRIES_PER_SUBJECT },
    account: { subject: `${kind}:${subject}`, limit: TRIES_PER_ADDRESS },
  });
  const refused = [key, account].filter((verdict) => verdict !== undefined).filter(({ allowed }) => !allowed);
  if (refused.length === 0) return undefined;
  return Math.max(1, Math.ceil((retryAfterMs(refused, services.now()) ?? 1000) / 1000));
}
