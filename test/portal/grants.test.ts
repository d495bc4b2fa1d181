import { expect, it } from "vitest";
import { mailboxOf } from "../../src/portal/auth/grants.ts";

it.each([
  ["ann@example.com", "ann@example.com"],
  ["Ann+Two@Example.com", "ann@example.com"],
  ["a.n.n@example.com", "a.n.n@example.com"],
  ["a.n.n+x+y@googlemail.com", "ann@gmail.com"],
  ["+ann@example.com", "+ann@example.com"],
])("the address %s is of the mailbox %s", (email, mailbox) => {
  expect(mailboxOf(email)).toBe(mailbox);
});
