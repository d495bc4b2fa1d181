/** Sizes and times of settings, in words. Pure. */
import type { Text } from "../../core/language.ts";

const KIB = 1024;
const MIB = KIB * KIB;

/** `10 MiB` */
export function sizeOf(bytes: number): string {
  if (bytes % MIB === 0) return `${bytes / MIB} MiB`;
  return bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${bytes} B`;
}

/** `15 minutes`, `30 seconds` */
export function timeOf(ms: number): Text {
  const [value, en, zh] =
    ms % 60_000 === 0
      ? [ms / 60_000, "minute", "分钟"]
      : ms % 1000 === 0
        ? [ms / 1000, "second", "秒"]
        : [ms, "ms", "毫秒"];
  return { en: `${value} ${en}${value === 1 || en === "ms" ? "" : "s"}`, zh: `${value} ${zh}` };
}
