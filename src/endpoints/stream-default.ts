/** Whether a request without `stream` is answered by a stream. */

/** `/v1`: never. */
export function streamsNever(): boolean {
  return false;
}

/** Vercel's AI SDK leaves out `stream`, accepts any type, and expects JSON. */
const READS_JSON_UNASKED = /\bai-sdk[-/]/;

/**
 * `/xlei/v1`: the key's setting decides, else `Accept`, else the client's `user-agent`. In all other cases it is a
 * stream.
 */
export function streamsUnlessJson(headers: Headers, keyDefault: boolean | null): boolean {
  if (keyDefault !== null) return keyDefault;
  const accept = headers.get("accept")?.toLowerCase() ?? "";
  if (accept.includes("text/event-stream")) return true;
  if (accept.includes("application/json")) return false;
  return !READS_JSON_UNASKED.test(headers.get("user-agent") ?? "");
}
