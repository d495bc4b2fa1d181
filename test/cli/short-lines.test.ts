import { describe, expect, it } from "vitest";
import { shortLine } from "../../src/cli/short-lines.ts";

const NOW = new Date(2026, 10, 26, 9, 5, 7);
const REQUEST = { level: "info", event: "request", request_id: "req_1", endpoint: "POST /v1/chat/completions" };

function short(fields: object): string {
  return shortLine(JSON.stringify(fields), NOW);
}

describe("a line of the terminal", () => {
  it("a request: status, endpoint, model, tokens, time", () => {
    const usage = { input: 12, cachedRead: 30, output: 5 };
    const fields = { ...REQUEST, asked_model: "auto", model: "mock-large", usage, status: 200 };
    expect(short({ ...fields, ending: "complete", duration_ms: 310 })).toBe(
      "09:05:07  200  POST /v1/chat/completions  auto → mock-large  42 in, 5 out  310 ms",
    );
  });

  it("a request that failed: why", () => {
    const fields = { ...REQUEST, asked_model: "gpt-9", status: 404, ending: "failed", duration_ms: 3 };
    expect(short({ ...fields, fault: "model_not_found", reason: "no such row" })).toBe(
      "09:05:07  404  POST /v1/chat/completions  gpt-9  3 ms  failed  model_not_found: no such row",
    );
  });

  it("any other event: its fields", () => {
    expect(short({ level: "warn", event: "probe_failed", route: "r" })).toBe(
      '09:05:07  warn  probe_failed  {"route":"r"}',
    );
  });

  it.each(["", "no JSON", "[1]", "null", "12", '{"a":1}'])("what is no event stays as it is: '%s'", (line) => {
    expect(shortLine(line, NOW)).toBe(line);
  });
});
