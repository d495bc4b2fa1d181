/** All mutants, by the name of their list. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACCESS } from "./access.ts";
import { BILLING } from "./billing.ts";
import { CORE } from "./core.ts";
import { HEALTH } from "./health.ts";
import { PAYMENTS } from "./payments.ts";
import { RELAY } from "./relay.ts";
import { ROUTING } from "./routing.ts";
import { SPEECH } from "./speech.ts";
import { STATE } from "./state.ts";
import { TASKS } from "./tasks.ts";
import { UPSTREAM } from "./upstream.ts";
import { WIRE } from "./wire.ts";
import type { Mutant } from "./mutant.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export const LISTS: Readonly<Record<string, readonly Mutant[]>> = {
  core: CORE,
  access: ACCESS,
  upstream: UPSTREAM,
  wire: WIRE,
  relay: RELAY,
  routing: ROUTING,
  health: HEALTH,
  billing: BILLING,
  payments: PAYMENTS,
  state: STATE,
  speech: SPEECH,
  tasks: TASKS,
};

/** The one file of the source that holds a text. @throws Error when none or several do: the mutant is out of date */
export function fileWith({ from, law }: Mutant): string {
  const sources = globSync("src/**/*.ts", { cwd: ROOT, exclude: ["src/cli/**"] });
  const found = sources.flatMap((file) =>
    Array.from({ length: readFileSync(join(ROOT, file), "utf8").split(from).length - 1 }, () => file),
  );
  const [file] = found;
  if (file !== undefined && found.length === 1) return file;
  throw new Error(`'${law}' must name a text that occurs once; it occurs ${found.length} times:\n${from}`);
}
