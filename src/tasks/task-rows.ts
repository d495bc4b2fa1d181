/** Tasks as rows of D1: what a client wrote and what was made of it is sealed. */
import type { tasks } from "../../schema/index.ts";
import { log } from "../core/log.ts";
import type { Sealer } from "../core/seal.ts";
import type { Maker, Task, TaskContent, Terms } from "./task.ts";

export type TaskRow = typeof tasks.$inferSelect;

export class TaskRows {
  readonly #sealer: Pick<Sealer, "seal" | "open">;

  constructor(sealer: Pick<Sealer, "seal" | "open">) {
    this.#sealer = sealer;
  }

  /** Empty where it was sealed with a key that is no longer known. */
  async #content({ id, sealed }: TaskRow): Promise<TaskContent> {
    try {
      return JSON.parse(await this.#sealer.open(sealed, purposeOf(id))) as TaskContent;
    } catch (error) {
      log("warn", "task_unreadable", { id, reason: String(error).slice(0, 200) });
      return { shown: {}, link: "", origin: "" };
    }
  }

  async sealed(id: string, content: TaskContent): Promise<string> {
    return this.#sealer.seal(JSON.stringify(content), purposeOf(id));
  }

  async openAll(rows: readonly TaskRow[]): Promise<Task[]> {
    return Promise.all(rows.map(async (row) => this.open(row)));
  }

  async open(row: TaskRow): Promise<Task> {
    const { chargeId, chargeNonce, finishedAt, closedAt, ...plain } = row;
    return {
      ...plain,
      charge: { accountId: row.accountId, id: chargeId, nonce: chargeNonce },
      maker: makerOf(row),
      progress: row.state === "succeeded" ? 100 : row.progress,
      finishedAt: finishedAt ?? undefined,
      keptUntil: row.keepAt === null ? (row.keptUntil ?? undefined) : undefined,
      isClosed: closedAt !== null,
      content: await this.#content(row),
    };
  }
}

function makerOf({ routeId, upstreamId, credentialId, upstreamTask: task, terms }: TaskRow): Maker | undefined {
  if (routeId === null || upstreamId === null || credentialId === null || task === null || terms === null)
    return undefined;
  return { routeId, upstreamId, credentialId, task, terms: JSON.parse(terms) as Terms };
}

function purposeOf(id: string) {
  return { id, origin: "task" };
}
