/** `npm run operator -- COMMAND`: the operator API from a terminal. `--help` tells more. */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { OperatorClient } from "./operator/client.ts";
import { COMMANDS, type Call, type Command } from "./operator/commands.ts";
import { Problem } from "./operator/problem.ts";
import { readTarget } from "./operator/secrets.ts";
import { RUNNING_FILE, runningDev } from "./running-dev.ts";

const DEV_VARS = fileURLToPath(new URL("../../.dev.vars", import.meta.url));

async function main(words: readonly string[]): Promise<void> {
  const asksForHelp = words.some((word) => word === "--help" || word === "-h") || words[0] === "help";
  const command = COMMANDS.find((candidate) => startsWith(words, candidate.words.split(" ")));
  if (asksForHelp || words.length === 0) {
    console.log(command === undefined ? help() : commandHelp(command));
    return;
  }
  if (command === undefined) throw new Problem(`There is no command '${words.join(" ")}'.\n\n${help()}`, 2);
  const values = readOptions(command, words.slice(command.words.split(" ").length));
  const { url, token } = readTarget(process.env, { devVarsPath: DEV_VARS, url: runningDev(RUNNING_FILE)?.url });
  await command.run(callOf(command, values, new OperatorClient(url, token)));
}

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

function readOptions(command: Command, words: readonly string[]): Values {
  try {
    return parseArgs({ args: [...words], options: command.options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)}\n\n${commandHelp(command)}`, 2);
  }
}

function callOf(command: Command, values: Values, client: OperatorClient): Call {
  const get = (option: string) => {
    const value = values[option];
    return typeof value === "string" ? value : undefined;
  };
  return {
    client,
    get,
    say: (line) => console.log(line),
    has: (option) => values[option] === true,
    all: (option) => (values[option] ?? []) as readonly string[],
    need(option) {
      const value = get(option)?.trim() ?? "";
      if (value === "") throw new Problem(`--${option} is missing.\n\n${commandHelp(command)}`, 2);
      return value;
    },
  };
}

function startsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, position) => words[position] === word);
}

function commandHelp({ words, usage, about, details = [] }: Command): string {
  return [`npm run operator -- ${words} ${usage}`.trimEnd(), about, ...details].join("\n  ");
}

function help(): string {
  return `Usage: npm run operator -- COMMAND [OPTIONS]

${COMMANDS.map(({ words, usage, about }) => `  ${`${words} ${usage}`.trimEnd()}\n      ${about}`).join("\n")}

Amounts are decimals in the site's currency. The gateway is the one of 'npm run dev', wherever it
listens, with the ADMIN_TOKEN in .dev.vars; for another set GATEWAY_URL and ADMIN_TOKEN in the environment. Exit code: 0 done, 1 refused or failed, 2 wrong usage.`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
