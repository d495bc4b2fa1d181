/** Secrets come from the environment, a prompt that shows nothing, or standard input; never from the command line. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { readDevVars } from "../dev-vars.ts";
import { Problem } from "./problem.ts";

const LOCAL_PORT = "8787";

/** What is used where the environment says nothing. */
interface Local {
  readonly devVarsPath: string;
  /** The gateway of `npm run dev`, when it runs. */
  readonly url: string | undefined;
}

interface Target {
  readonly url: string;
  readonly token: string;
}

/**
 * The gateway's address and operator token: `GATEWAY_URL` and `ADMIN_TOKEN`, else the local gateway at `PORT` or where it
 * runs, and the token in `.dev.vars`. The token in `.dev.vars` is never sent to another machine.
 * @throws Problem
 */
export function readTarget(environment: Readonly<Record<string, string | undefined>>, known: Local): Target {
  const given = environment["GATEWAY_URL"] ?? "";
  const port = environment["PORT"] ?? "";
  const local = port === "" ? (known.url ?? localhost(LOCAL_PORT)) : localhost(port);
  const address = given === "" ? local : given;
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Problem(`GATEWAY_URL is not a URL: '${address}'.`, 2);
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !isLocal) {
    throw new Problem("GATEWAY_URL must begin with https://, for the operator's token goes there.", 2);
  }
  const fromEnvironment = environment["ADMIN_TOKEN"] ?? "";
  const token = fromEnvironment === "" && isLocal ? readDevVars(known.devVarsPath).get("ADMIN_TOKEN") : fromEnvironment;
  if (token === undefined || token === "") {
    throw new Problem(
      isLocal
        ? "There is no ADMIN_TOKEN, neither in the environment nor in .dev.vars; 'npm run dev' makes one."
        : "Set ADMIN_TOKEN in the environment to the gateway's operator token.",
      2,
    );
  }
  return { url: url.origin, token };
}

function localhost(port: string): string {
  return `http://localhost:${port}`;
}

/** @throws Problem when no secret is given */
export async function readSecret(variable: string, what: string): Promise<string> {
  const fromEnvironment = process.env[variable]?.trim() ?? "";
  if (fromEnvironment !== "") return fromEnvironment;
  const entered = process.stdin.isTTY ? await ask(`${what}: `) : await text(process.stdin);
  if (entered.trim() === "") throw new Problem(`No ${what} given: set ${variable}, type it, or pipe it in.`, 2);
  return entered.trim();
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
