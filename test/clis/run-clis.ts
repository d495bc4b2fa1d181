/**
 * Has each coding program do one task through the gateway, with the model `auto`, over an upstream of each wire: it is told to run
 * a command, and to say what the command printed. The program's home and project are its own, and it knows nothing but the base
 * URL and the key. Arguments name the programs to run; without any, all run. The last line counts.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isObject, objectsOf, type JsonObject } from "../../src/core/json.ts";
import { setup } from "../support/build.ts";
import type { Answer } from "../wire/matrix/streams.ts";
import { scriptOf, startWires, UPSTREAM_WIRES, type WireStage } from "../e2e/clients/wires.ts";
import { CLIS, type Cli, type Place } from "./clis.ts";

const LIMIT_MS = 120_000;
/** What the command prints; the command itself does not contain it. */
const PROOF = "proof-of-work-42";
const COMMAND = "printf 'proof-of-%s' work-42";
const TASK = `Run the shell command \`${COMMAND}\` and tell me what it prints.`;
const TOKENS = { prompt: 20, cached: 0, output: 9, thoughts: 0 };
/** The names of the tools in a request, whatever its wire. */
function toolsIn({ tools }: JsonObject): string[] {
  return objectsOf(tools).flatMap(({ name, function: called, functionDeclarations: declared }) => [
    ...(typeof name === "string" ? [name] : []),
    ...objectsOf([called]).map((inner) => String(inner["name"])),
    ...objectsOf(declared).map((inner) => String(inner["name"])),
  ]);
}

/** The schema of the answer that a request asks for, whatever its wire. */
function schemaIn(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const { schema, responseJsonSchema = schema, tools: _tools, messages: _messages, ...rest } = value;
  return isObject(responseJsonSchema)
    ? responseJsonSchema
    : Object.values(rest).reduce<JsonObject | undefined>((found, inner) => found ?? schemaIn(inner), undefined);
}

/** An object that a schema allows. */
function objectBy({ properties }: JsonObject): JsonObject {
  const valueOf = ({ type, enum: words }: JsonObject): unknown =>
    Array.isArray(words) ? words[0] : type === "string" ? "x" : type === "boolean" ? false : 10;
  return Object.fromEntries(
    Object.entries(isObject(properties) ? properties : {}).map(([name, inner]) => [
      name,
      isObject(inner) ? valueOf(inner) : 10,
    ]),
  );
}

/** What the model says: it calls the shell, and once it has the result, it tells it. */
function answerTo(body: JsonObject, { shell }: Cli): Answer {
  const text = JSON.stringify(body);
  const say = (said: string): Answer => ({ said: [{ text: said }], ends: "stop", tokens: TOKENS });
  if (text.includes(PROOF) || shell === undefined) return say(`It prints ${PROOF}.`);
  const schema = schemaIn(body);
  if (schema !== undefined) return say(JSON.stringify(objectBy(schema)));
  const tool = toolsIn(body).find((name) => shell.name.test(name));
  if (tool === undefined) return say("A proof");
  const call = {
    id: `call_${crypto.randomUUID().slice(0, 8)}`,
    name: tool,
    input: JSON.stringify(shell.input(COMMAND)),
  };
  return { said: [{ text: "I run it." }, { call }], ends: "tools", tokens: TOKENS };
}

/** @returns what the program wrote, and how it ended */
async function run(bin: string, cli: Cli, place: Place): Promise<{ code: number | null; output: string }> {
  await cli.prepare?.(place);
  const child = spawn(cli.isExternal === true ? cli.name : join(bin, cli.name), [...cli.args(TASK, place)], {
    cwd: place.project,
    env: { PATH: process.env["PATH"], HOME: place.home, TERM: "dumb", CI: "1", ...cli.env(place) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, LIMIT_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { code, output };
}

async function check(stage: WireStage, bin: string, cli: Cli, wire: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `token-gateway-${cli.name}-`));
  try {
    const place = {
      home: join(folder, "home"),
      project: join(folder, "project"),
      gateway: stage.gateway.url,
      key: stage.gateway.key,
    };
    await Promise.all([mkdir(place.home), mkdir(place.project)]);
    stage.script(wire, (exchange) => scriptOf(wire, answerTo(exchange.body, cli))(exchange));
    const before = stage.upstream.received.length;
    const { code, output } = await run(bin, cli, place);
    const bodies = stage.upstream.received.slice(before).map(({ body }) => JSON.stringify(body));
    const ranTool = cli.shell === undefined ? bodies.length > 0 : bodies.some((body) => body.includes(PROOF));
    if (code !== 0 || !output.includes(PROOF) || !ranTool) {
      throw new Error(
        `exit code ${code}, ${bodies.length} requests, tool ${ranTool ? "ran" : "did not run"}\n${output.slice(-3000)}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** undefined = npm cannot install them here. */
async function install(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "token-gateway-clis-"));
  await cp(fileURLToPath(new URL("package.json", import.meta.url)), join(folder, "package.json"));
  const npm = spawn("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
  const [code] = (await once(npm, "exit")) as [number | null];
  return code === 0 ? folder : undefined;
}

await setup();
const given = process.env["CLIS"];
const folder = given ?? (await install());
if (folder === undefined) {
  console.log("skipped: the coding programs, because npm could not install them");
  process.exit(0);
}
const names = process.argv.slice(2);
const missing = CLIS.filter(({ name, isExternal }) => isExternal === true && spawnSync(name, ["--version"]).error);
for (const { name } of missing) console.log(`skipped: ${name}, because it is not installed`);
const chosen = CLIS.filter((cli) => (names.length === 0 || names.includes(cli.name)) && !missing.includes(cli));
let [passed, failed] = [0, 0];
for (const wire of UPSTREAM_WIRES) {
  const stage = await startWires(wire);
  try {
    for (const cli of chosen) {
      const name = `${cli.name} over ${wire}`;
      try {
        await check(stage, join(folder, "node_modules", ".bin"), cli, wire);
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
}
if (given === undefined) await rm(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
