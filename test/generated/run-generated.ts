/**
 * Makes types of `/openapi.json` with openapi-typescript, compiles a program that uses them with this project's compiler, and runs
 * it against the gateway that serves the document. The last line counts.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startStage, type Stage } from "../e2e/clients/stage.ts";
import { setup } from "../support/build.ts";
import { startGateway } from "../support/gateway.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** `/openapi.json` is there where the portal is. */
const SESSION_SECRET = "a secret of tests, which signs the cookies of nobody else";

/** What somebody writes who knows nothing but the types. */
const PROGRAM = `
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";

const { GATEWAY_URL: baseUrl = "", GATEWAY_KEY: key = "" } = process.env;
const client = createClient<paths>({ baseUrl, headers: { "X-API-Key": key } });
const body = { model: "auto", messages: [{ role: "user", content: "Hello" }] };

const { data, error } = await client.POST("/v1/chat/completions", { body });
if (data === undefined) throw new Error(error.error.message);
// A stream is a text.
if (typeof data === "string") throw new Error(data);
const text: string | null | undefined = data.choices?.[0]?.message?.content;
const tokens: number | undefined = data.usage?.total_tokens;
if (!text?.includes("local mock model") || !tokens) throw new Error(JSON.stringify(data));

const { data: account } = await client.GET("/api/account");
const available: number | undefined = account?.available_nanos;
if (!available) throw new Error(JSON.stringify(account));

const refused = await createClient<paths>({ baseUrl }).GET("/api/account");
const code: string | null | undefined = refused.error?.error.code;
if (code !== "missing_api_key") throw new Error(JSON.stringify(refused.error));

// @ts-expect-error -- a conversation is a list
const wrongBody = () => client.POST("/v1/chat/completions", { body: { messages: "Hello" } });
// @ts-expect-error -- there is no such path
const wrongPath = () => client.GET("/v1/nothing");
void [wrongBody, wrongPath];
`;

const COMPILER_OPTIONS = {
  target: "es2024",
  lib: ["es2024", "dom", "dom.iterable"],
  module: "esnext",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  typeRoots: [join(ROOT, "node_modules/@types")],
  types: ["node"],
};

/** @throws Error with what the program wrote, when it fails */
async function run(folder: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(command, [...args], { cwd: folder, env: { ...process.env, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}\n${output}`);
}

function stepsIn(
  folder: string,
  { gateway: { url, key } }: Stage,
): readonly (readonly [string, () => Promise<void>])[] {
  return [
    [
      "makes types",
      async () =>
        run(folder, join(folder, "node_modules/.bin/openapi-typescript"), [`${url}/openapi.json`, "-o", "api.d.ts"]),
    ],
    ["types compile", async () => run(folder, join(ROOT, "node_modules/.bin/tsc"), ["-p", folder])],
    [
      "a chat completes",
      async () => run(folder, process.execPath, ["program.ts"], { GATEWAY_URL: url, GATEWAY_KEY: key }),
    ],
  ];
}

/** @returns how many steps passed and failed; undefined = npm cannot install the generator here */
async function check(folder: string): Promise<readonly [passed: number, failed: number] | undefined> {
  await cp(fileURLToPath(new URL("package.json", import.meta.url)), join(folder, "package.json"));
  const install = run(folder, "npm", ["install", "--silent", "--no-audit", "--no-fund"]);
  const isInstalled = await install.then(
    () => true,
    () => false,
  );
  if (!isInstalled) return undefined;
  await writeFile(join(folder, "program.ts"), PROGRAM);
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ["program.ts", "api.d.ts"] }),
  );
  const stage = await startStage(async () => startGateway({ vars: { SESSION_SECRET } }));
  let [passed, failed] = [0, 0];
  try {
    for (const [name, step] of stepsIn(folder, stage)) {
      try {
        await step();
        passed++;
        console.log(`passed ${name}`);
      } catch (error) {
        failed++;
        console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await stage.close();
  }
  return [passed, failed];
}

await setup();
const folder = await mkdtemp(join(tmpdir(), "token-gateway-generated-"));
try {
  const counts = await check(folder);
  if (counts === undefined) console.log("skipped: the generator of clients, because npm could not install it");
  else {
    const [passed, failed] = counts;
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
