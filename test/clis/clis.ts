/**
 * The coding programs. Each is told of the gateway by the files that the portal shows for it, and by nothing else; then it is
 * given its task.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { clientsFor, valuesFor } from "../../src/portal/clients/index.ts";

/** Where a program runs: a home and a project of its own. */
export interface Place {
  readonly home: string;
  readonly project: string;
  readonly gateway: string;
  readonly key: string;
}

export interface Cli {
  readonly name: string;
  /** Its tool for shell commands; undefined = it has none, and only tells what the model says. */
  readonly shell?: {
    readonly name: RegExp;
    /** The arguments of a call. */
    readonly input: (command: string) => object;
  };
  /** It is no package of npm: it runs where it is installed already. */
  readonly isExternal?: boolean;
  /** Writes its configuration. */
  readonly prepare?: (place: Place) => Promise<void>;
  readonly env: (place: Place) => Readonly<Record<string, string>>;
  readonly args: (task: string, place: Place) => readonly string[];
}

/** Writes the files that the portal shows for a client. */
function shownFiles(id: string): NonNullable<Cli["prepare"]> {
  return async ({ home, gateway, key }) => {
    const texts = clientsFor().find((client) => client.id === id)?.texts ?? [];
    const files = texts.filter(({ place, form }) => place.startsWith("~/") && form !== "shell");
    if (files.length === 0) throw new Error(`the portal shows no file for ${id}`);
    for (const { place, text } of files) {
      const path = join(home, place.slice(2));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text(valuesFor(gateway, "My Gateway", key)));
    }
  };
}

export const CLIS: readonly Cli[] = [
  {
    name: "claude",
    shell: { name: /^Bash$/, input: (command) => ({ command, description: "Prints the proof" }) },
    prepare: shownFiles("claude-code"),
    env: () => ({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" }),
    args: (task) => ["-p", task, "--allowedTools", "Bash"],
  },
  {
    name: "codex",
    shell: {
      name: /^(shell|exec_command|local_shell|shell_command|container\.exec)$/,
      input: (command) => ({ command: ["bash", "-lc", command], cmd: command }),
    },
    prepare: shownFiles("codex"),
    // The portal shows this as a line for the shell.
    env: ({ key }) => ({ GATEWAY_API_KEY: key }),
    args: (task) => ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", task],
  },
  {
    name: "gemini",
    shell: { name: /^run_shell_command$/, input: (command) => ({ command, description: "Prints the proof" }) },
    prepare: shownFiles("gemini-cli"),
    env: () => ({ GEMINI_CLI_TRUST_WORKSPACE: "true" }),
    args: (task) => ["-p", task, "--yolo"],
  },
  {
    name: "opencode",
    shell: { name: /^bash$/, input: (command) => ({ command, description: "Prints the proof" }) },
    prepare: shownFiles("opencode"),
    env: () => ({ OPENCODE_DISABLE_AUTOUPDATE: "1" }),
    args: (task) => ["run", task],
  },
  {
    // Continue's program.
    name: "cn",
    shell: { name: /^Bash$/, input: (command) => ({ command }) },
    prepare: shownFiles("continue"),
    env: () => ({ CONTINUE_TELEMETRY_ENABLED: "0" }),
    args: (task) => ["-p", task, "--allow", "Bash"],
  },
  {
    // 700 MB of Python packages: nothing installs it here (`pip install aider-chat==0.86.2`).
    name: "aider",
    isExternal: true,
    prepare: shownFiles("aider"),
    env: () => ({}),
    args: (task) => [
      "--message",
      task,
      "--yes-always",
      "--no-git",
      "--no-check-update",
      "--no-analytics",
      "--no-pretty",
    ],
  },
];
