import { expect, it } from "vitest";
import { triage } from "../../src/upstream/triage.ts";

it.each([400, 401, 402, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503, 504, 529])(
  "a refusal with status %s and no words of its own gives a whole sentence",
  (status) => {
    const { fault } = triage({ status, error: {} }, []);
    for (const language of ["en", "zh"] as const) expect(fault.text(language)).not.toMatch(/[{}]|''/);
  },
);
