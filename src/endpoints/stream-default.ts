/** Whether a request that does not say `stream` is given one. */

/** `/v1`: never. */
export function streamsNever(): boolean {
  return false;
}

/** Vercel's AI SDK sends no `stream` and any `Accept`, and reads JSON. */
const READS_JSON_UNASKED = /\bai-sdk[-/]/;

/** `/xlei/v1`: the key's setting, then `Accept`, then the client; else a stream. */
export function streamsUnlessJson(headers: Headers, keyDefault: boolean | null): boolean {
  if (keyDefault !== null) return keyDefault;
  const accept = headers.get("accept")?.toLowerCase() ?? "";
  if (accept.includes("text/event-stream")) return true;
  if (accept.includes("application/json")) return false;
  return !READS_JSON_UNASKED.test(headers.get("user-agent") ?? "");
}
