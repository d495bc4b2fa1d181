/** Asks an upstream for the list of its models, as vendors offer one. */
import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { upstreamCredentials, upstreams } from "../../schema/index.ts";
import { Fault } from "../core/fault.ts";
import { objectsOf, type JsonObject } from "../core/json.ts";
import { NO_PAYLOAD } from "../core/payload.ts";
import { parseBaseUrl } from "../upstream/base-url.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { isKind, KINDS } from "../upstream/index.ts";
import { readAnswer, send } from "../upstream/send.ts";
import type { CallServices } from "./relay-services.ts";

const DEADLINE_MS = 15_000;
const MOST_MODELS = 1000;
/** @see https://platform.claude.com/docs/en/api/models-list */
const MORE_HEADERS = { anthropic: { "anthropic-version": "2023-06-01" } };

/**
 * The names in their order, each once.
 * @throws Fault `resource_not_found`; `upstream_error` and others when the upstream gives no list
 */
export async function listUpstreamModels(
  services: CallServices,
  db: DrizzleD1Database,
  id: string,
): Promise<readonly string[]> {
  const [[upstream], credentials] = await Promise.all([
    db.select().from(upstreams).where(eq(upstreams.id, id)),
    db.select().from(upstreamCredentials).where(eq(upstreamCredentials.upstreamId, id)),
  ]);
  if (upstream === undefined) throw new Fault("resource_not_found", { param: "id" });
  const credential = credentials.find(({ disabled }) => !disabled);
  if (credential === undefined || !isKind(upstream.kind)) throw new Fault("no_route", { detail: NO_CREDENTIAL });
  const { kind } = upstream;
  const call = {
    baseUrl: parseBaseUrl(upstream.baseUrl, services.settings.allowPrivateUpstreams),
    method: "GET",
    path: "/models",
    payload: NO_PAYLOAD,
  } as const;
  const secret = await services.credentials.open(upstream, credential);
  const { url, headers } = await KINDS[kind].prepare(call, secret);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await send(services.fetch, {
    url,
    headers: { ...headers, ...(kind === "anthropic" ? MORE_HEADERS.anthropic : {}) },
    method: "GET",
    payload: NO_PAYLOAD,
    accept: "application/json",
    signal,
    secrets: [{ word: secret, replacement: "[key]" }],
  }).catch((error: unknown) => {
    throw signal.aborted ? new Fault("upstream_timeout") : forOperator(error);
  });
  const answer = await readAnswer(response, signal);
  const names = answer.kind === "json" ? namesIn(answer.value) : [];
  if (names.length === 0) throw new Fault("upstream_error", { detail: NO_LIST });
  return names;
}

/** With the upstream's own words: only an operator sees them. */
function forOperator(error: unknown): unknown {
  if (!(error instanceof AttemptFailure)) return error;
  const { words = "", status, fault } = error;
  const heard = status === undefined ? (fault.options.reason ?? "") : `HTTP ${status}`;
  const said = [heard, words].filter((part) => part !== "").join(": ");
  const hint = status === NOT_FOUND ? MISSING_PATH : { en: "", zh: "" };
  return new Fault("upstream_error", { detail: { en: said + hint.en, zh: said + hint.zh }, cause: error });
}

/** OpenAI's and Anthropic's lists have ids under `data`, Google's names under `models`. */
function namesIn(list: JsonObject): readonly string[] {
  const rows = [...objectsOf(list["data"]), ...objectsOf(list["models"])];
  const names = rows.map((row) => row["id"] ?? row["name"]).filter((name) => typeof name === "string");
  return [...new Set(names.map((name) => name.replace(/^models\//, "")))].slice(0, MOST_MODELS);
}

const NOT_FOUND = 404;
const MISSING_PATH = {
  en: ". The base URL may lack its version path, such as /v1.",
  zh: "。基础地址可能缺少版本路径，如 /v1。",
};
const NO_CREDENTIAL = {
  en: "The upstream has no key that is enabled.",
  zh: "该上游没有启用的密钥。",
};
const NO_LIST = { en: "The upstream gives no list of models.", zh: "该上游没有返回模型列表。" };
