/**
 * Runs samples.py against a gateway with the demo models on the mock LLM, and exits as it does. `PYTHON` names an
 * interpreter that has requirements.txt installed. Arguments go to that interpreter.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "../../support/build.ts";
import { startGateway } from "../../support/gateway.ts";
import { gather } from "./open-responses.ts";
import { shownPrograms } from "./shown-programs.ts";
import { startStage } from "./stage.ts";

/** `/openapi.json` is there where the portal is. */
const SESSION_SECRET = "a secret of tests, which signs the cookies of nobody else";
const SAMPLES = fileURLToPath(new URL("samples.py", import.meta.url));

await setup();
const folder = await mkdtemp(join(tmpdir(), "token-gateway-python-"));
const answers = join(folder, "open-responses.json");
await writeFile(answers, JSON.stringify(await gather()));
const stage = await startStage(async () => startGateway({ vars: { SESSION_SECRET } }));
const shown = join(folder, "shown-texts.json");
await writeFile(shown, JSON.stringify(shownPrograms("python", stage.gateway)));
try {
  const { url, key } = stage.gateway;
  const samples = spawn(process.env["PYTHON"] ?? "python3", [...process.argv.slice(2), SAMPLES], {
    stdio: "inherit",
    env: {
      ...process.env,
      GATEWAY_URL: url,
      GATEWAY_KEY: key,
      XLEI_API_KEY: key,
      EXPECTED_WORDS: "local mock model",
      LANGSMITH_TRACING: "false",
      OPEN_RESPONSES_ANSWERS: answers,
      SHOWN_TEXTS: shown,
    },
  });
  const [code] = (await once(samples, "exit")) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stage.close();
  await rm(folder, { recursive: true });
}
