/** Which `npm run dev` runs in this folder: commands find its address, and a second one leaves its data alone. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const RUNNING_FILE = fileURLToPath(new URL("../../.wrangler/dev.json", import.meta.url));

interface RunningDev {
  readonly pid: number;
  readonly url: string;
}

/** What an earlier `npm run dev` wrote, if it still runs. A killed one leaves its file behind. */
export function runningDev(file: string): RunningDev | undefined {
  if (!existsSync(file)) return undefined;
  const { pid, url } = parsed(readFileSync(file, "utf8"));
  return typeof pid === "number" && typeof url === "string" && isAlive(pid) ? { pid, url } : undefined;
}

/** Says that this process runs there; to be undone with {@link forgetRunningDev}. */
export function noteRunningDev(file: string, url: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ pid: process.pid, url } satisfies RunningDev));
}

/** Takes back what this process noted, and nothing that another did. */
export function forgetRunningDev(file: string): void {
  if (runningDev(file)?.pid === process.pid) rmSync(file);
}

function parsed(text: string): Partial<Record<keyof RunningDev, unknown>> {
  try {
    return Object(JSON.parse(text)) as Partial<Record<keyof RunningDev, unknown>>;
  } catch {
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
