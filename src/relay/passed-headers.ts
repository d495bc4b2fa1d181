/** The only headers of an upstream's answer that are passed on to the client. Their values are numbers. */
const PASSED_HEADERS = ["openai-processing-ms"] as const;

export function passedHeaders(upstream: Headers): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = upstream.get(name);
    if (value !== null && /^\d{1,9}(\.\d{1,9})?$/.test(value)) passed[name] = value;
  }
  return passed;
}
