import type { Mutant } from "./mutant.ts";

const STORE = { project: "worker", tests: "state/state-store" } as const;
const PROOFS = { project: "worker", tests: "state/proof-store" } as const;

export const STATE: readonly Mutant[] = [
  {
    law: "what is kept opens under its own id alone",
    from: 'return { id: `${accountId} ${id}`, origin: "stored" };',
    to: 'return { id: accountId, origin: "stored" };',
    ...STORE,
  },
  {
    law: "an account keeps no more than its bytes",
    from: "WHERE ${total} + ?8 <= ?10",
    to: "WHERE ?10 > 0",
    ...STORE,
  },
  {
    law: "the oldest rows make room",
    from: "(SELECT id FROM stored WHERE account_id = ?1 ORDER BY created_at LIMIT ${EVICTED})",
    to: "(SELECT id FROM stored WHERE account_id = ?1 ORDER BY created_at DESC LIMIT ${EVICTED})",
    ...STORE,
  },
  {
    law: "a response cannot be continued when what it continues is gone",
    from: "return first.previous === null ? this.#openAll(accountId, results) : undefined;",
    to: "return this.#openAll(accountId, results);",
    ...STORE,
  },
  {
    law: "what came before is not looked for in what is too long",
    from: "if ((first.total ?? 0) > MAX_HISTORY_BYTES ||",
    to: "if (",
    ...STORE,
  },
  {
    law: "nothing is found after its days",
    from: "AND kind = ?3 AND expires_at > ?4",
    to: "AND kind = ?3 AND ?4 > 0",
    ...STORE,
  },
  {
    law: "a row that is on its way is waited for",
    from: "const WAITS_MS = [50, 150, 400];",
    to: "const WAITS_MS: number[] = [];",
    ...STORE,
  },
  {
    law: "a conversation takes its items along",
    from: 'if (kind === "conversation") {\n      await this.#d1',
    to: "if (false) {\n      await this.#d1",
    ...STORE,
  },
  {
    law: "thoughts open for their own call alone",
    from: 'return { id: nameOf(accountId, callId), origin: "proofs" };',
    to: 'return { id: accountId, origin: "proofs" };',
    ...PROOFS,
  },
  {
    law: "a call without thoughts is not looked up again",
    from: "this.#remember(accountId, proofs.id, null);",
    to: "",
    ...PROOFS,
  },
  {
    law: "thoughts are kept for a day",
    from: "gt(keptProofs.expiresAt, this.#now())",
    to: "gt(keptProofs.expiresAt, 0)",
    ...PROOFS,
  },
];
