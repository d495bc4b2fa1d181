/** Who may use the operator API, and what each role may do there. */
import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { operators } from "../../schema/index.ts";
import { isOperatorToken } from "../core/api-key.ts";
import { Fault } from "../core/fault.ts";
import { sha256Hex } from "../core/id.ts";
import { isSameText } from "../core/same-text.ts";

export const ROLES = operators.role.enumValues;
export type Role = (typeof ROLES)[number];

/** The rights of each role. An endpoint names the one that it needs. */
const RIGHTS: Readonly<Record<Role, readonly Role[]>> = {
  /** Sees everything but secrets. */
  read: ["read"],
  /** Keys, and the state of accounts. */
  support: ["read", "support"],
  /** Money: entries, codes, prices, plans and ratios. */
  finance: ["read", "finance"],
  /** Upstreams, credentials, models, routes and operators, too. */
  owner: ROLES,
};

export interface Operator {
  readonly name: string;
  readonly role: Role;
}

/** The holder of the secret `ADMIN_TOKEN`. No other operator can have this name. */
export const LAST_RESORT: Operator = { name: "admin-token", role: "owner" };

export interface OperatorVisit {
  readonly token: string;
  readonly nowMs: number;
  /** Today in the site's time zone, such as `2026-01-31`. */
  readonly today: string;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
}

export class OperatorStore {
  readonly #db: DrizzleD1Database;
  readonly #adminToken: string | undefined;
  /** Requests that the portal makes for an operator who is signed in there. */
  readonly #vouched = new WeakMap<Request, Operator>();
  readonly #onlyChecked = new WeakSet<Request>();

  constructor(db: DrizzleD1Database, adminToken: string | undefined) {
    this.#db = db;
    this.#adminToken = adminToken;
  }

  /**
   * Lets a request that is made here, in this isolate, act for an operator without a token.
   * @param options `isOnlyChecked`: rights and the body are checked, and nothing is done
   */
  vouch(request: Request, operator: Operator, { isOnlyChecked = false } = {}): void {
    this.#vouched.set(request, operator);
    if (isOnlyChecked) this.#onlyChecked.add(request);
  }

  isOnlyChecked(request: Request): boolean {
    return this.#onlyChecked.has(request);
  }

  vouchedFor(request: Request): Operator | undefined {
    return this.#vouched.get(request);
  }

  /**
   * Reads D1 for each call with a well-formed token, so a revoked token is refused at once.
   * @throws Fault `invalid_key`
   */
  async identify({ token, nowMs, today, defer }: OperatorVisit): Promise<Operator> {
    if (await this.isAdminToken(token)) return LAST_RESORT;
    if (!isOperatorToken(token)) throw refused("unknown operator token");
    const [row] = await this.#db
      .select()
      .from(operators)
      .where(eq(operators.hash, await sha256Hex(token)));
    if (row === undefined) throw refused("unknown operator token");
    const { id, name, role, disabled, expiresAt, lastUsedDay } = row;
    if (disabled) throw refused(`disabled operator ${name}`);
    if (expiresAt !== null && expiresAt <= nowMs) throw refused(`expired token of operator ${name}`);
    if (lastUsedDay !== today) defer(this.#noteUse(id, today));
    return { name, role };
  }

  async isAdminToken(token: string): Promise<boolean> {
    return this.#adminToken !== undefined && isSameText(token, this.#adminToken);
  }

  async #noteUse(id: string, lastUsedDay: string): Promise<void> {
    await this.#db.update(operators).set({ lastUsedDay }).where(eq(operators.id, id));
  }
}

export function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}

/** @throws Fault `key_scope_denied` when the operator's role lacks one of the rights */
export function checkRights({ role }: Operator, needed: readonly Role[]): void {
  const missing = needed.find((right) => !RIGHTS[role].includes(right));
  if (missing === undefined) return;
  throw new Fault("key_scope_denied", {
    values: { missing, role },
    detail: {
      en: "This needs an operator with the role '{missing}' or 'owner'. Your token has the role '{role}'.",
      zh: "此操作需要 '{missing}' 或 'owner' 角色,当前令牌的角色是 '{role}'。",
    },
  });
}

/** Whether the operator's role has at least one of the rights. */
export function hasAnyOf({ role }: Operator, rights: readonly Role[]): boolean {
  return rights.some((right) => RIGHTS[role].includes(right));
}

function refused(reason: string): Fault {
  const detail = { en: "The operator token is not valid.", zh: "管理令牌无效。" };
  return new Fault("invalid_key", { detail, reason });
}
