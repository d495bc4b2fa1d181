/** Days and months of a time zone. Pure; `now` is passed in. SQLite knows no time zones, so charges store both. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** Longer than any local day, even where a change of zone lengthened or skipped a day. */
const SEARCH_MS = 60 * 3_600_000;

/** Whether the name is a time zone of the IANA database, such as `Asia/Shanghai`. */
export function isTimeZone(zone: string): boolean {
  try {
    // Only newer engines accept plain offsets such as `+08:00`.
    return /^[A-Z]/i.test(zone) && formatOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The local day of a moment, such as `2026-01-31`.
 * @throws RangeError for a time zone that does not exist
 */
export function dayOf(nowMs: number, zone: string): string {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(nowMs)
      .map(({ type, value }) => [type, value]),
  );
  return `${(parts.get("year") ?? "").padStart(4, "0")}-${parts.get("month")}-${parts.get("day")}`;
}

/** The month of a day: `2026-01`. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

/**
 * The first moment of the next local day. Where clocks jump over midnight, that is the moment of the jump.
 * @throws RangeError for a time zone that does not exist
 */
export function nextMidnightMs(nowMs: number, zone: string): number {
  const today = dayOf(nowMs, zone);
  let before = nowMs;
  let after = nowMs + SEARCH_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle, zone) > today) after = middle;
    else before = middle;
  }
  return after;
}

/** The day that lies `days` before another, by the calendar. */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "iso8601",
      numberingSystem: "latn",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}
