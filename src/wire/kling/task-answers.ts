/** What Kling tells of its tasks, whatever they make. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import { broken } from "../reading.ts";
import type { TakenTask, TaskReport } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { textIn } from "../values.ts";
import { dataOf } from "./envelope.ts";

/** @throws UpstreamError for a refusal; Fault `upstream_error` */
export function takenTask(answer: Payload): TakenTask {
  const data = dataOf(answer);
  const id = textIn(data["task_id"]) ?? textIn(data["id"]);
  if (id === undefined || id === "") throw broken("a task without an id");
  return { id, report: { state: stateIn(data) } };
}

/** Kling's words, and those of relays. Nobody fails for a word that is not known. */
const STATES: Readonly<Record<string, TaskReport["state"]>> = {
  processing: "running",
  in_progress: "running",
  running: "running",
  succeed: "succeeded",
  succeeded: "succeeded",
  success: "succeeded",
  completed: "succeeded",
  failed: "failed",
  failure: "failed",
};

function stateIn({ task_status: status, status: other }: JsonObject): TaskReport["state"] {
  return STATES[(textIn(status) ?? textIn(other) ?? "").toLowerCase()] ?? "queued";
}

/** A result, with what is told of it. */
interface MadeFile {
  readonly url: string;
  readonly told: JsonObject;
}

type MadeOf = (results: readonly MadeFile[]) => Omit<TaskReport, "state">;

/**
 * @param member of `task_result` that lists what was made
 * @throws Fault `upstream_error` for a success without a result: nobody pays for it, and it may come later
 */
export function reportIn(data: JsonObject, member: "videos" | "images", made: MadeOf): TaskReport {
  const state = stateIn(data);
  // What is wrong is told in words alone.
  if (state === "failed") return { state, error: { status: 422, message: data["task_status_msg"] } };
  if (state !== "succeeded") return { state };
  const { task_result: result } = data;
  const files = objectsOf(isObject(result) ? result[member] : undefined).flatMap((told): MadeFile[] => {
    const { url } = told;
    return typeof url === "string" && /^https?:\/\//i.test(url) ? [{ url, told }] : [];
  });
  if (files.length === 0) throw broken("a success without a result");
  return { state, ...made(files) };
}

/** Base64 stands alone, without what a data URL says of it. @throws Fault `unsupported_feature` */
export function pictureOf(source: Source | undefined): string | undefined {
  if (source === undefined) return undefined;
  if (source.kind === "data") return source.data;
  if (source.kind === "url" && /^https?:/i.test(source.url)) return source.url;
  throw unsupported("image", "must be base64 or an http(s) address", "须为 base64 或 http(s) 地址");
}
