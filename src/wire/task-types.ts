/** Requests whose answers come later: how clients ask for tasks and see them, and how upstreams are asked. */
import type { JsonObject } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import type { Attributes, Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Address, Match, Outgoing, Shape, Target } from "./types.ts";

/** How clients of one vendor's form ask for tasks, and how they see them. */
export interface TaskForm extends Shape {
  /** @throws Fault `invalid_parameter`, `missing_input`, `unsupported_feature` */
  read(payload: Payload, match: Match): TaskRequest;
  /** A task as its client sees it. */
  show(task: TaskView): JsonObject;
  /** The path where a result is found without a key. */
  linkOf(result: ResultLink): string;
  /** How clients name the address of their callback; `callback_url` by default. */
  readonly callbackName?: string;
  /** What a client's callback is told; as `show` by default. */
  tell?(task: TaskView): JsonObject;
  /** An id as its clients expect one. */
  newId(): string;
}

interface ResultLink {
  /** Of the task. */
  readonly id: string;
  /** What stands for the key. */
  readonly token: string;
  /** As in {@link TaskResult}. */
  readonly variant: string;
}

export interface TaskRequest {
  readonly form: TaskForm;
  readonly demand: Demand;
  /** In the neutral form of the operation; see `src/operation/`. */
  readonly asked: unknown;
  /** What the form shows of the request later. */
  readonly shown: JsonObject;
  /** The names of what nothing has a place for. */
  readonly dropped: readonly string[];
  /** The client's own name of the task: no two tasks of its account have the same. */
  readonly name?: string | undefined;
  /** The names of the wires that know how to do it; absent = those of the operation. */
  readonly wires?: ReadonlySet<string>;
  /** Where the client wants to be told of each change of the task; absent = nowhere. */
  readonly callback?: string;
}

/** What of a task a client may see. */
export interface TaskView {
  readonly id: string;
  /** The public name. */
  readonly model: string;
  readonly state: TaskState;
  /** Of 100. */
  readonly progress: number;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** Until when what was made can be had; undefined = nothing is made, or it is not known. */
  readonly expiresAtMs: number | undefined;
  /** The length of a film; undefined = not known. */
  readonly seconds: number | undefined;
  /** What its price depends on. */
  readonly attributes: Attributes;
  readonly error: TaskError | undefined;
  readonly shown: JsonObject;
  /** Where each result is found without a key. */
  readonly links: readonly string[];
  /** What one wire alone tells. */
  readonly native: JsonObject | undefined;
}

/** `submitting`: no upstream has taken it yet. */
export type TaskState = "submitting" | "queued" | "running" | "succeeded" | "failed";

/** Why a task failed, in words that a client may read. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
}

/** How the tasks of an upstream are made and asked for. @typeParam Asked the neutral form of its operation */
export interface TaskWire<Asked> extends Shape {
  /** @throws Fault `unsupported_feature`, `invalid_parameter` for what the upstream cannot make */
  write(asked: Asked, target: TaskTarget): TaskCall;
  /** What an upstream says that has taken a task. @param call what it was asked. @throws UpstreamError for a refusal; Fault `upstream_error` */
  taken(answer: Payload, call: TaskCall): TakenTask;
  /** For how long the vendor gives out what was made, where it says so of all tasks alike. */
  readonly keepsMs?: number;
  /** How many tasks one question can be about. */
  readonly mostAtOnce: number;
  /** @param ids the upstream's own */
  ask(ids: readonly string[], target: TaskTarget): Question;
  /** Whether a refusal of a question about one task means that the upstream does not know it, beside status 404. */
  isUnknown?(refusal: { readonly status: number | undefined; readonly words: string | undefined }): boolean;
  /** How a finished task is asked for the number that it was made with, where one can be had. */
  readonly seed?: {
    /** @param id the upstream's own */
    ask(id: string, target: TaskTarget): Question;
    /** @throws UpstreamError, Fault `upstream_error` */
    told(answer: Payload): string;
  };
  /** What the upstream alone tells, with its words cleaned; absent = clients see none of them. */
  cleaned?(native: JsonObject, clean: Cleaning): JsonObject;
  /** What became of the tasks. Those that the upstream does not know are absent. @throws UpstreamError, Fault `upstream_error` */
  told(answer: Payload, ids: readonly string[]): ReadonlyMap<string, TaskReport>;
}

/** Removes from an upstream's words what clients must not see. */
export interface Cleaning {
  readonly words: (text: string) => string;
  /** An id stays one, without what is known to be secret. */
  readonly ids: (text: string) => string;
}

export type TaskTarget = Pick<Target, "model" | "account">;

export interface TaskCall extends Outgoing {
  readonly address: Address;
  /** What is paid for when it succeeds. */
  readonly units: Usage;
  readonly attributes: Attributes;
}

export interface Question {
  readonly address: Address;
  readonly payload: Payload;
}

export interface TakenTask {
  /** The upstream's own. */
  readonly id: string;
  readonly report: TaskReport;
  /** What the upstream says in words that a client may read. */
  readonly words?: string;
  /** Nothing more will be told: the upstream is not asked again. */
  readonly isWhole?: boolean;
}

/** How a task is doing, as its upstream says. */
export interface TaskReport {
  readonly state: Exclude<TaskState, "submitting">;
  /** Of 100; undefined = the upstream does not say. */
  readonly progress?: number;
  /** The error object, in the upstream's own words. */
  readonly error?: JsonObject;
  /** Nothing is made until the client says more, in a task of its own. */
  readonly wantsMore?: boolean;
  /** Before the end: how the result looks so far. */
  readonly results?: readonly TaskResult[];
  /** Until when they can be had; Unix milliseconds. */
  readonly resultsUntilMs?: number;
  /** As reported, which may be impossible. */
  readonly usage?: Usage;
  readonly native?: JsonObject;
}

export interface TaskResult {
  /** `video`, `image`, and `video-2`, `image-2` of the next ones; `thumbnail`, `spritesheet`. */
  readonly variant: string;
  /** A path below the upstream's base URL, which needs its credential, or a whole URL. */
  readonly address: string;
}
