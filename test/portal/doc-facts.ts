/** What the documentation is filled with in tests that need no gateway. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "../../src/portal/docs/facts.ts";
import { CAPABILITIES } from "../../src/operation/operations.ts";
import { readSettings, type Env, type Settings } from "../../src/settings.ts";
import { CREDENTIALS_KEY } from "../support/seed.ts";

// As the build does.
Object.assign(globalThis, {
  CHANGELOG: readFileSync(join(import.meta.dirname, "../../CHANGELOG.md"), "utf8"),
});

/** The settings of a site that sets nothing. */
function settingsWith(variables: Readonly<Record<string, string>> = {}): Settings {
  const bindings = Object.fromEntries(
    ["DB", "IP_LIMITER", "KEY_WINDOWS", "UPSTREAM_HEALTH", "OUTBOXES", "KEPT_ANSWERS", "PASSWORD_HASHERS"].map(
      (name) => [name, {}],
    ),
  );
  const read = readSettings({ CREDENTIALS_KEY, ...bindings, ...variables } as unknown as Env);
  if ("problems" in read) throw new Error(`wrong settings: ${read.problems.join(", ")}`);
  return read.settings;
}

export function factsWith(facts: Partial<Facts> = {}): Facts {
  return {
    origin: "https://llm.example.com",
    siteName: "Token Gateway",
    signUp: "open",
    provesAddresses: false,
    takesPayments: false,
    settings: settingsWith(),
    models: [
      { id: "able", operation: "chat", capabilities: new Set(CAPABILITIES), autoWeight: 1 },
      { id: "plain", operation: "chat", capabilities: new Set(), autoWeight: 0 },
    ],
    ...facts,
  };
}
