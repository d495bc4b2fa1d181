/** What is known of an upstream: breakers of its routes, and keys that cool. */
import { isObject, objectsOf, type JsonObject } from "../../../core/json.ts";
import { numberIn, text, timeIn } from "../../operator-api.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";

const BREAKERS = { closed: "ok", open: "bad", "half-open": "warn" } as const;

/** @param action where the form that clears it goes */
export function Health({ visit, action, health }: { visit: OwnVisit; action: string; health: JsonObject }) {
  const { say, format } = visit;
  const coolings = objectsOf(health["coolings"]);
  const breakerOf = (row: JsonObject) => {
    const known = text(row, "breaker") as keyof typeof BREAKERS;
    return Object.hasOwn(BREAKERS, known) ? known : "closed";
  };
  return (
    <>
      <Table
        visit={visit}
        caption={ADMIN.health}
        rows={objectsOf(health["routes"])}
        empty={ADMIN.none}
        columns={[
          { title: ADMIN.model, isHead: true, cell: (row) => text(row, "model_id") },
          {
            title: ADMIN.breaker,
            cell: (row) => {
              const breaker = breakerOf(row);
              const word_ = breaker === "half-open" ? ADMIN.halfOpen : ADMIN[breaker];
              return <span class={`state ${BREAKERS[breaker]}`}>{say(word_)}</span>;
            },
          },
          {
            title: ADMIN_ACCOUNTS.reason,
            cell: (row) => (isObject(row["last_transition"]) ? text(row["last_transition"], "why") : ""),
          },
          {
            title: ADMIN.duration,
            isNumber: true,
            cell: (row) => {
              const ttft = numberIn(row, "ttft_ms");
              return ttft === undefined ? "" : format.duration(ttft);
            },
          },
        ]}
      />
      {coolings.map((one) => (
        <Notice kind="warn">
          {say(ADMIN.cooling)}{" "}
          {say(ADMIN.until, { time: format.time(timeIn(one, "until") ?? 0), why: text(one, "why") })}
        </Notice>
      ))}
      <div class="actions">
        <ActionButton action={action} text={say(ADMIN.clearAll)} quiet />
      </div>
    </>
  );
}
