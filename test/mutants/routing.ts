import type { Mutant } from "./mutant.ts";

export const ROUTING: readonly Mutant[] = [
  {
    law: "an attempt that cools a credential does not touch the breaker",
    from: "if (isCooled || FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(",
    to: "if (FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(",
  },
];
