import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Tests must not use the network: the machine may have none.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
process.env["WRANGLER_SEND_METRICS"] = "false";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  test: {
    silent: "passed-only",
    // A file that needs workerd is named `*.worker.test.ts`. `pure` runs first: it takes seconds.
    projects: [
      {
        test: {
          name: "pure",
          environment: "node",
          include: ["**/*.test.ts"],
          exclude: ["**/*.worker.test.ts", "e2e/**", "tooling/**"],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            main: "../src/index.ts",
            wrangler: { configPath: "../wrangler.toml" },
            miniflare: {
              bindings: {
                CREDENTIALS_KEY: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                ALLOW_PRIVATE_UPSTREAMS: "true",
                KEY_REQUESTS_PER_MINUTE: "1000000",
                MIGRATIONS: await readD1Migrations(here("../schema/migrations")),
              },
              r2Buckets: ["TEST_RESULTS"],
              email: { send_email: [{ name: "TEST_EMAIL", allowed_sender_addresses: ["relay@example.com"] }] },
              ratelimits: {
                IP_LIMITER: { namespace_id: "1001", simple: { limit: 1_000_000, period: 60 } },
                SMALL_IP_LIMITER: { namespace_id: "1002", simple: { limit: 20, period: 60 } },
              },
            },
          })),
        ],
        // As the build does it.
        define: {
          ASSETS_PATH: JSON.stringify("/assets/test"),
          CHANGELOG: JSON.stringify(readFileSync(here("../CHANGELOG.md"), "utf8")),
        },
        test: {
          name: "worker",
          include: ["**/*.worker.test.ts"],
          setupFiles: [here("support/migrate.ts")],
          // The first test of a file also waits until its workerd has started.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "e2e",
          environment: "node",
          include: ["e2e/**/*.test.ts"],
          globalSetup: [here("support/build.ts")],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "tooling",
          environment: "node",
          include: ["tooling/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
