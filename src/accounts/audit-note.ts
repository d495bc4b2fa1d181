/** The row that one request of an operator leaves in the audit log. */
import { sql, type SQL } from "drizzle-orm";
import { int } from "../billing/storage.ts";
import { uuidv7 } from "../core/id.ts";
import { isObject } from "../core/json.ts";

export interface AuditFacts {
  /** The operator's name. */
  readonly operator: string;
  /** The endpoint, such as `PATCH /admin/api/accounts/:id`. */
  readonly action: string;
  /** The request's path below `/admin/api`. */
  readonly path: string;
  /** What was sent. Secrets in it are not kept. */
  readonly sent: unknown;
  readonly requestId: string;
  readonly address: string | null;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

const MAX_DETAILS = 10_000;
/** Fields whose values are secrets. */
const SECRET = /(^|_)(secret|token|password|key|code)$/;

export class AuditNote {
  readonly #facts: AuditFacts;
  #isTaken = false;

  constructor(facts: AuditFacts) {
    this.#facts = facts;
  }

  /** A write of the request has taken the row into its transaction. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /**
   * The row, as a SELECT in the order of the table's columns. It is empty when the statement before it in its transaction
   * changed nothing, so that a replay leaves no row.
   * @param created the id of what is created
   */
  take(created?: string): SQL {
    this.#isTaken = true;
    return sql`${this.#row(created)} WHERE changes() > 0`;
  }

  /** The row of a request that writes in no transaction of ours. */
  alone(): SQL {
    return this.#row();
  }

  #row(created?: string): SQL {
    const { operator, action, path, sent, requestId, address, nowMs } = this.#facts;
    const target = created === undefined ? path : `${path}/${created}`;
    return sql`SELECT ${uuidv7(nowMs)}, ${int(nowMs)}, ${operator}, ${action}, ${target}, ${detailsOf(sent)}, ${requestId}, ${address}`;
  }
}

function detailsOf(sent: unknown): string {
  const text = JSON.stringify(withoutSecrets(sent ?? {}));
  return text.length <= MAX_DETAILS ? text : JSON.stringify({ shortened: text.slice(0, MAX_DETAILS) });
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    SECRET.test(name) ? "[secret]" : withoutSecrets(field),
  ]);
  return Object.fromEntries(fields) as unknown;
}
