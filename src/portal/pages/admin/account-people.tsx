/** Who signs in to an account, and what an operator can do for them. */
import type { users } from "../../../../schema/index.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import type { OwnVisit } from "../../visit.ts";

export type Person = typeof users.$inferSelect;

/** @param path of the account's page */
export function People({ visit, path, people }: { visit: OwnVisit; path: string; people: readonly Person[] }) {
  const { say } = visit;
  const action = (name: string) => `${path}/${name}`;
  return (
    <Table
      visit={visit}
      caption={ADMIN_ACCOUNTS.people}
      rows={people}
      empty={ADMIN_ACCOUNTS.noPeople}
      columns={[
        { title: ADMIN_ACCOUNTS.email, isHead: true, cell: ({ email }) => email },
        { title: ADMIN.name, cell: ({ name }) => name },
        { title: ADMIN_ACCOUNTS.role, cell: ({ role }) => say(ADMIN_ACCOUNTS[role]) },
        {
          title: ADMIN_ACCOUNTS.makeOperator,
          cell: ({ id, role }) => (
            <ActionButton
              action={action("role")}
              values={{ user: id, role: role === "operator" ? "user" : "operator" }}
              text={say(role === "operator" ? ADMIN_ACCOUNTS.makeUser : ADMIN_ACCOUNTS.makeOperator)}
              quiet
            />
          ),
        },
        {
          title: ADMIN_ACCOUNTS.resetLink,
          cell: ({ id }) => (
            <ActionButton
              action={action("reset-link")}
              values={{ user: id }}
              text={say(ADMIN_ACCOUNTS.resetLink)}
              quiet
            />
          ),
        },
        {
          title: ADMIN_ACCOUNTS.signOutAll,
          cell: ({ id }) => (
            <ActionButton
              action={action("sign-out")}
              values={{ user: id }}
              text={say(ADMIN_ACCOUNTS.signOutAll)}
              quiet
            />
          ),
        },
      ]}
    />
  );
}
