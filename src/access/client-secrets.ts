/**
 * Secrets for browsers: each opens one conversation over a socket, for the API key that made it, until it expires.
 * @see https://platform.openai.com/docs/api-reference/realtime-sessions/create-realtime-client-secret
 */
import { and, eq, gt } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { clientSecrets } from "../../schema/index.ts";
import { drawClientSecret } from "../core/api-key.ts";
import { Fault } from "../core/fault.ts";
import { sha256Hex } from "../core/id.ts";
import type { Sealer } from "../core/seal.ts";

/** What a secret stands for. */
export interface ClientSecret {
  /** Of the API key. */
  readonly keyHash: string;
  /** JSON. */
  readonly session: string;
}

/** Of one key. */
const MOST_WAITING = 500;

export class ClientSecrets {
  readonly #db: DrizzleD1Database;
  readonly #sealer: Pick<Sealer, "seal" | "open">;
  readonly #now: () => number;

  constructor(db: DrizzleD1Database, sealer: Pick<Sealer, "seal" | "open">, now: () => number) {
    this.#db = db;
    this.#sealer = sealer;
    this.#now = now;
  }

  /** @returns the secret, which is shown once. @throws Fault `rate_limited_key` when too many of the key wait to be used */
  async make({ keyHash, session }: ClientSecret, expiresAt: number): Promise<string> {
    const isWaiting = and(eq(clientSecrets.keyHash, keyHash), gt(clientSecrets.expiresAt, this.#now()));
    if ((await this.#db.$count(clientSecrets, isWaiting)) >= MOST_WAITING) throw tooMany();
    const secret = drawClientSecret();
    const hash = await sha256Hex(secret);
    const sealed = await this.#sealer.seal(session, purposeOf(hash));
    await this.#db.insert(clientSecrets).values({ hash, keyHash, sealed, expiresAt });
    return secret;
  }

  /** @throws Fault `invalid_key` for one that is unknown, used or expired */
  async find(secret: string): Promise<ClientSecret> {
    const hash = await sha256Hex(secret);
    const [row] = await this.#db
      .select()
      .from(clientSecrets)
      .where(and(eq(clientSecrets.hash, hash), gt(clientSecrets.expiresAt, this.#now())));
    if (row === undefined) throw gone();
    return { keyHash: row.keyHash, session: await this.#sealer.open(row.sealed, purposeOf(hash)) };
  }

  /** Uses a secret up: of several that try at once, one succeeds. @throws Fault `invalid_key` */
  async claim(secret: string): Promise<void> {
    const hash = await sha256Hex(secret);
    const claimed = await this.#db
      .delete(clientSecrets)
      .where(eq(clientSecrets.hash, hash))
      .returning({ hash: clientSecrets.hash });
    if (claimed.length === 0) throw gone();
  }
}

function purposeOf(hash: string) {
  return { id: hash, origin: "client secret" };
}

function tooMany(): Fault {
  return new Fault("rate_limited_key", {
    retryAfterMs: 60_000,
    detail: {
      en: `This API key has ${MOST_WAITING} client secrets that nobody has used. Use them, or wait until they expire.`,
      zh: `该 API Key 已有 ${MOST_WAITING} 个未使用的客户端密钥,请先使用或等待其过期。`,
    },
  });
}

function gone(): Fault {
  return new Fault("invalid_key", {
    reason: "a client secret that is unknown, used or expired",
    detail: {
      en: "The client secret is not valid: it is unknown, was used, or has expired.",
      zh: "客户端密钥无效:不存在、已使用或已过期。",
    },
  });
}
