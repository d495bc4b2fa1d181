/**
 * How clients of Kling ask for films, and how they see them.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/model/textToVideo
 */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { TaskForm, TaskView } from "../task-types.ts";
import { only, textIn } from "../values.ts";
import { SORA_STATES, videoForm } from "../openai/video-form.ts";
import { readKling } from "./read-video.ts";
import { newId, success, taskData } from "./task-envelope.ts";
import { VIDEO_KINDS, type VideoKind } from "./video-kinds.ts";

/** A form for each endpoint: a client finds its tasks again at the one that made them. */
export const KLING_FORMS = Object.fromEntries(VIDEO_KINDS.map((kind) => [nameOfForm(kind), formOf(kind)])) as Readonly<
  Record<FormName, TaskForm>
>;

type FormName = `kling.${VideoKind}`;

/** The form of an endpoint, by its name. */
export function nameOfForm(kind: VideoKind): FormName {
  return `kling.${kind}`;
}

function formOf(kind: VideoKind): TaskForm {
  const form: TaskForm = {
    name: nameOfForm(kind),
    operation: "video",
    read: (payload) => readKling(form, kind, payload),
    show: showVideo,
    tell: dataOf,
    linkOf: (result) => videoForm.linkOf(result),
    newId,
  };
  return form;
}

/** The film that a client names by the id that it was shown: the first of a task has the task's own. */
export function filmOfId(id: string): { readonly task: string; readonly at: number } {
  const [, task = id, number = "1"] = /^(\w+)-([2-9])$/.exec(id) ?? [];
  return { task, at: Number(number) - 1 };
}

function idOfFilm(task: string, at: number): string {
  return at === 0 ? task : `${task}-${at + 1}`;
}

/** The envelope, with what clients of other relays look for beside it. */
function showVideo(task: TaskView): JsonObject {
  const { id, state } = task;
  const others = { id, task_id: id, object: "video", status: SORA_STATES[state] };
  return { ...success(dataOf(task)), ...others };
}

function dataOf(task: TaskView): JsonObject {
  return taskData(task, (made) => ({ videos: filmsOf(made) }));
}

function filmsOf({ id, links, native, seconds }: TaskView): JsonObject[] {
  const made = objectsOf(isObject(native) ? native["videos"] : undefined);
  return links.map((url, at) => ({
    id: idOfFilm(id, at),
    url,
    ...only({ duration: textIn(made[at]?.["duration"]) ?? (seconds === undefined ? undefined : String(seconds)) }),
  }));
}
