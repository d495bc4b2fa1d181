/** The coding programs: how each is told of the gateway and given its task. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Where a program runs: a home and a project of its own. */
export interface Place {
  readonly home: string;
  readonly project: string;
  readonly gateway: string;
  readonly key: string;
}

export interface Cli {
  readonly name: string;
  /** The name of its tool for shell commands. */
  readonly shell: RegExp;
  /** The arguments of a call of that tool. */
  readonly input: (command: string) => object;
  /** Writes its configuration. */
  readonly prepare?: (place: Place) => Promise<void>;
  readonly env: (place: Place) => Readonly<Record<string, string>>;
  readonly args: (task: string, place: Place) => readonly string[];
}

export const CLIS: readonly Cli[] = [
  {
    name: "claude",
    shell: /^Bash$/,
    input: (command) => ({ command, description: "Prints the proof" }),
    env: ({ gateway, key }) => ({
      ANTHROPIC_BASE_URL: gateway,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    }),
    args: (task) => ["-p", task, "--model", "auto", "--allowedTools", "Bash"],
  },
  {
    name: "codex",
    shell: /^(shell|exec_command|local_shell|shell_command|container\.exec)$/,
    input: (command) => ({ command: ["bash", "-lc", command], cmd: command }),
    async prepare({ home, gateway }) {
      await mkdir(join(home, ".codex"), { recursive: true });
      const lines = [
        `model = "auto"`,
        `model_provider = "gateway"`,
        `[model_providers.gateway]`,
        `name = "Gateway"`,
        `base_url = "${gateway}/v1"`,
        `env_key = "GATEWAY_KEY"`,
        `wire_api = "responses"`,
      ];
      await writeFile(join(home, ".codex", "config.toml"), lines.join("\n"));
    },
    env: ({ key }) => ({ GATEWAY_KEY: key }),
    args: (task) => ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", task],
  },
  {
    name: "gemini",
    shell: /^run_shell_command$/,
    input: (command) => ({ command, description: "Prints the proof" }),
    async prepare({ home }) {
      await mkdir(join(home, ".gemini"), { recursive: true });
      const settings = { security: { auth: { selectedType: "gemini-api-key" } } };
      await writeFile(join(home, ".gemini", "settings.json"), JSON.stringify(settings));
    },
    env: ({ gateway, key }) => ({
      GEMINI_API_KEY: key,
      GOOGLE_GEMINI_BASE_URL: gateway,
      GEMINI_CLI_TRUST_WORKSPACE: "true",
    }),
    args: (task) => ["-p", task, "-m", "auto", "--yolo"],
  },
  {
    name: "opencode",
    shell: /^bash$/,
    input: (command) => ({ command, description: "Prints the proof" }),
    async prepare({ project, gateway }) {
      const options = { baseURL: `${gateway}/v1`, apiKey: "{env:GATEWAY_KEY}" };
      const models = { auto: { name: "auto", limit: { context: 128_000, output: 32_000 } } };
      const config = { provider: { gateway: { npm: "@ai-sdk/openai-compatible", name: "Gateway", options, models } } };
      await writeFile(join(project, "opencode.json"), JSON.stringify(config));
    },
    env: ({ key }) => ({ GATEWAY_KEY: key, OPENCODE_DISABLE_AUTOUPDATE: "1" }),
    args: (task) => ["run", "--model", "gateway/auto", task],
  },
];
