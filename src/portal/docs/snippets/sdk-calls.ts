/** The same requests with OpenAI's libraries. */
import { isObject, type JsonObject } from "../../../core/json.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import type { SampleRequest } from "../types.ts";

/** Fields of the gateway that the library for Python does not know. */
const EXTRA = new Set(["models", "provider"]);

/** @param call such as `chat.completions.create` */
export function openaiPython(call: string, { path, body = {}, files = {} }: SampleRequest, origin: string): string {
  const own = Object.entries(body).filter(([name]) => !EXTRA.has(name));
  const extra = Object.entries(body).filter(([name]) => EXTRA.has(name));
  const all = extra.length === 0 ? own : [...own, ["extra_body", Object.fromEntries(extra)] as const];
  const opened = Object.entries(files).map(([name, file]) => `    ${name}=open("${file}", "rb"),\n`);
  const shown = [...all.map(([name, value]) => `    ${name}=${pythonOf(value, "    ")},\n`), ...opened].join("");
  return `from openai import OpenAI

client = OpenAI(base_url="${origin}${baseOf(path)}", api_key="${SAMPLE_KEY}")
response = client.${call}(
${shown})
${body["stream"] === true ? "for event in response:\n    print(event.to_json())" : "print(response.to_json())"}`;
}

/** @param call such as `chat.completions.create` */
export function openaiNode(call: string, { path, body = {}, files = {} }: SampleRequest, origin: string): string {
  const opened = Object.entries(files).map(([name, file]) => `  "${name}": createReadStream("${file}")\n`);
  const json = JSON.stringify(body, undefined, 2);
  const shown = opened.length === 0 ? json : json.replace(/\n\}$/, `,\n${opened.join(",\n")}}`);
  const imports = opened.length === 0 ? "" : 'import { createReadStream } from "node:fs";\n';
  return `${imports}import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}${baseOf(path)}", apiKey: "${SAMPLE_KEY}" });
const response = await client.${inCamels(call)}(${shown});
${body["stream"] === true ? "for await (const event of response) console.log(event);" : "console.log(response);"}`;
}

/** `responses.inputTokens.count` of `responses.input_tokens.count`. */
function inCamels(call: string): string {
  return call.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `/xlei/v1` of `/xlei/v1/chat/completions`. */
function baseOf(path: string): string {
  return /^.*?\/v1(?=\/)/.exec(path)?.[0] ?? "";
}

function pythonOf(value: unknown, indent: string): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => `${inner}${pythonOf(item, inner)},\n`).join("")}${indent}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  return pythonDictionary(value, indent, inner);
}

function pythonDictionary(value: JsonObject, indent: string, inner: string): string {
  const members = Object.entries(value).map(
    ([name, item]) => `${inner}${JSON.stringify(name)}: ${pythonOf(item, inner)},\n`,
  );
  return members.length === 0 ? "{}" : `{\n${members.join("")}${indent}}`;
}
