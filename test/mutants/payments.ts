import type { Mutant } from "./mutant.ts";

const inWorkerd = { project: "worker", tests: "payments" } as const;

export const PAYMENTS: readonly Mutant[] = [
  { law: "another amount is not credited", from: '    ["amount", order.payMinor, report.minor],\n', to: "" },
  { law: "another currency is not credited", from: '    ["currency", order.payCurrency, report.currency],\n', to: "" },
  { law: "a test's money is no money", from: '    ["live mode", order.livemode, report.livemode],\n', to: "" },
  { law: "one order's payment pays no other", from: '    ["order", order.id, report.orderId],\n', to: "" },
  {
    law: "what is paid is rounded up",
    from: "BigInt(rateNanos) + divisor - 1n) / divisor",
    to: "BigInt(rateNanos)) / divisor",
  },
  {
    law: "Stripe needs a webhook's secret",
    from: 'if (!matches(secret, /^whsec_\\S{8,}$/)) wrong.push("STRIPE_WEBHOOK_SECRET");',
    to: "",
  },
  {
    law: "the sender does not choose the kind of signature",
    from: 'if (type !== keys.type || sign === "") return false;',
    to: "",
    ...inWorkerd,
  },
  {
    law: "what was added to a notice is signed, too",
    from: '.filter(([name, value]) => value !== "" && name !== "sign" && name !== "sign_type")',
    to: '.filter(([name, value]) => value !== "" && name in { money: 1, name: 1, out_trade_no: 1, pid: 1, type: 1 })',
    ...inWorkerd,
  },
  {
    law: "an order is marked with its credit",
    from: "also: [mark, ...auditStatements(store)]",
    to: "also: auditStatements(store)",
    ...inWorkerd,
  },
  {
    law: "one check is one turn",
    from: "WHERE id = ${order.id} AND next_check_at IS ${int(order.nextCheckAt)}`",
    to: "WHERE id = ${order.id}`",
    ...inWorkerd,
  },
  {
    law: "a plan that could not be paid yet is paid later",
    from: 'if (error.kind === "insufficient_balance" && !store.isPlanLate(this.store, order)) return;',
    to: "",
    ...inWorkerd,
  },
  {
    law: "all parts of a refund make up the credit",
    from: "order.payMinor) - taken);",
    to: "order.payMinor) - shareOf(order.creditNanos, order.refundedMinor, order.payMinor));",
    ...inWorkerd,
  },
  {
    law: "a refund that failed is undone once",
    from: "WHERE id = ${refund.id} AND state <> 'failed')",
    to: "WHERE id = ${refund.id})",
    ...inWorkerd,
  },
  {
    law: "only what is new was given back elsewhere",
    from: "const minor = Math.min(report.refundedMinor, payMinor) - known;",
    to: "const minor = Math.min(report.refundedMinor, payMinor);",
    ...inWorkerd,
  },
  {
    law: "what the service does not say is not taken",
    from: "if (report.refundedMinor === null) {",
    to: "if (report.refundedMinor === undefined) {",
    ...inWorkerd,
  },
  {
    law: "nothing is taken back for a service that is off",
    from: "  payments.provider(order.provider);\n  if (order.disputed)",
    to: "  if (order.disputed)",
    ...inWorkerd,
  },
  {
    law: "a won dispute enables only an account that it disabled",
    from: "AND disputed = 1 AND disabled_account = 1 AND shortfall = 0)`",
    to: "AND disputed = 1)`",
    ...inWorkerd,
  },
];
