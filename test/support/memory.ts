/** The memory of the workerd that this process has started, as Linux counts it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Linux alone has `/proc`, and lets a peak be reset. */
export const CAN_MEASURE = existsSync("/proc/self/clear_refs");

export class ProcessMemory {
  readonly #folder: string;
  #before = 0;

  /** @throws Error when this process has started no workerd, or several */
  constructor() {
    const found = readdirSync("/proc").filter(isOurWorkerd);
    if (found.length !== 1) throw new Error(`${found.length} processes of workerd`);
    this.#folder = `/proc/${found[0] ?? ""}`;
  }

  /** Forgets the peak so far. */
  reset(): void {
    writeFileSync(`${this.#folder}/clear_refs`, "5");
    this.#before = this.#read("VmRSS");
  }

  /** How far the memory has grown at its peak since {@link reset}; bytes. */
  growth(): number {
    return this.#read("VmHWM") - this.#before;
  }

  #read(name: string): number {
    const [, kibibytes = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status(this.#folder)) ?? [];
    return Number(kibibytes) * 1024;
  }
}

function isOurWorkerd(entry: string): boolean {
  if (!/^\d+$/.test(entry)) return false;
  const text = status(`/proc/${entry}`);
  return /^Name:\s+workerd$/m.test(text) && new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(text);
}

/** Empty for a process that has ended meanwhile. */
function status(folder: string): string {
  try {
    return readFileSync(`${folder}/status`, "utf8");
  } catch {
    return "";
  }
}
