/** Reports of tasks without what clients must not see of an upstream. */
import { sanitise, withoutSecrets } from "../upstream/sanitise.ts";
import type { Secret } from "../upstream/types.ts";
import type { TaskReport, TaskWire } from "../wire/task-types.ts";

/** As long as a prompt can be. */
const MOST_CHARACTERS = 10_000;

/** @param secrets of the upstream that told it */
export function cleanReport(
  { cleaned }: Pick<TaskWire<never>, "cleaned">,
  report: TaskReport,
  secrets: readonly Secret[],
): TaskReport {
  const { native } = report;
  if (native === undefined || cleaned === undefined) return report;
  const clean = {
    words: (text: string) => sanitise(text, secrets, MOST_CHARACTERS),
    ids: (text: string) => withoutSecrets(text, secrets),
  };
  return { ...report, native: cleaned(native, clean) };
}
