/** The JavaScript that the portal shows runs as it is, with the vendors' own SDKs. `npm run test:python` runs the Python. */
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../../../src/cli/local-worker.ts";
import { shownPrograms } from "./shown-programs.ts";
import { echoOf, startStage, type Stage } from "./stage.ts";

/** In the project, so that the programs find its packages. */
const FOLDER = `${ROOT}.wrangler/shown-programs/`;

let stage: Stage;
beforeAll(async () => {
  [stage] = await Promise.all([startStage(), mkdir(FOLDER, { recursive: true })]);
});
afterAll(async () => {
  await Promise.all([stage.close(), rm(FOLDER, { recursive: true })]);
});

it.each(["langchain", "google-genai"])("%s answers from the gateway", async (name) => {
  const program = shownPrograms("javascript", stage.gateway).find((one) => one.name === name);
  const file = `${FOLDER}${name}.mjs`;
  await writeFile(file, program?.text ?? "");
  const { PATH = "" } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { PATH, LANGSMITH_TRACING: "false" } });
  expect(stdout.trim()).toBe(echoOf("Hello!"));
});

it("are all run here", () => {
  const names = shownPrograms("javascript", stage.gateway).map(({ name }) => name);
  expect(names).toEqual(["langchain", "google-genai"]);
});
