/** A surface is a mount of all endpoints with one dialect and its defaults. */
import { openaiDialect } from "../wire/openai/dialect.ts";
import type { Dialect, WireName } from "../wire/types.ts";
import { xleiDialect } from "../wire/xlei/dialect.ts";
import { detectMode, type Mode } from "../wire/xlei/mode.ts";
import type { JsonObject } from "../core/json.ts";

export interface Surface {
  readonly mount: string;
  readonly dialect: Dialect;
  /** What is asked, by path and body, and how the answer is to look. */
  readonly mode: (pathWire: WireName, body: JsonObject) => Mode;
  /** Whether a request that does not say `stream` gets one. */
  readonly streamsByDefault: (headers: Headers, keyDefault: boolean | null) => boolean;
  /** Whether the site's "legacy defaults" for `max_tokens` and `temperature` apply. */
  readonly takesLegacyDefaults: boolean;
  /** Whether the site may insist on a model here; elsewhere a missing one always means `auto`. */
  readonly mayRequireModel: boolean;
}

const xlei: Surface = {
  mount: "/xlei/v1",
  dialect: xleiDialect,
  mode: detectMode,
  streamsByDefault: xleiStreamsByDefault,
  takesLegacyDefaults: true,
  mayRequireModel: false,
};

const openai: Surface = {
  mount: "/v1",
  dialect: openaiDialect,
  mode: (wire, body) => ({ wire, body, present: (answer) => answer }),
  streamsByDefault: () => false,
  takesLegacyDefaults: false,
  mayRequireModel: true,
};

/** The longest mount first. */
export const SURFACES: readonly Surface[] = [xlei, openai];

export function surfaceOf(path: string): Surface {
  return path === "/xlei" || path.startsWith("/xlei/") ? xlei : openai;
}

/** Vercel's AI SDK sends no `stream` and any `Accept`, and reads JSON. */
const READS_JSON_UNASKED = /\bai-sdk[-/]/;

function xleiStreamsByDefault(headers: Headers, keyDefault: boolean | null): boolean {
  if (keyDefault !== null) return keyDefault;
  const accept = headers.get("accept")?.toLowerCase() ?? "";
  if (accept.includes("text/event-stream")) return true;
  if (accept.includes("application/json")) return false;
  return !READS_JSON_UNASKED.test(headers.get("user-agent") ?? "");
}
