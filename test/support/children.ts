/** The processes that this one has started. */
import { execFileSync } from "node:child_process";

/** Children of this process that run a program of that name. */
export function childrenNamed(program: string): number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => parent === String(process.pid) && command?.includes(program))
    .map(([pid]) => Number(pid));
}
