/** What goes into the store of tasks, and what comes out of it. */
import type { Task, TaskContent, Terms } from "./task.ts";

/** A task before any upstream has taken it. */
export interface NewTask extends Pick<Task, "id" | "accountId" | "keyId" | "charge" | "operation" | "form" | "model"> {
  readonly createdAt: number;
  readonly limitAt: number;
  readonly expiresAt: number;
  readonly dueAt: number;
  readonly content: TaskContent;
  readonly retry: TaskRetry;
  /** The client's own; undefined = it gave none. */
  readonly name: string | undefined;
}

/** How a request is known again that is sent twice. */
export interface TaskRetry {
  /** Of the client's own key for the request; undefined = it gave none. */
  readonly key: string | undefined;
  /** Of the request itself. */
  readonly request: string;
  /** The client's library says that it has sent the same before. */
  readonly isRepeated: boolean;
}

export type Made =
  | { readonly kind: "made" }
  /** The request was sent before. */
  | { readonly kind: "known"; readonly task: Task; readonly isSame: boolean }
  | { readonly kind: "too_many" }
  /** Another task has the client's name for it. */
  | { readonly kind: "name_taken" };

/** What changes when an upstream has told of a task. */
export interface Change {
  readonly id: string;
  readonly state: Task["state"];
  readonly progress: number;
  readonly misses: number;
  readonly dueAt: number;
  readonly finishedAt?: number;
  /** What is paid for, where the upstream made less than was asked for. */
  readonly terms?: Terms;
  readonly content?: TaskContent;
}

/** A task whose callback is to be told. */
export interface News {
  readonly task: Task;
  /** When it is tried again; null = never. */
  readonly againAt: number | null;
}

export interface Listed {
  readonly tasks: readonly Task[];
  readonly hasMore: boolean;
}

export interface ListQuery {
  readonly accountId: string;
  readonly operation?: string;
  /** Those that clients of this form made. */
  readonly form?: string;
  readonly limit: number;
  /** So many are left out. */
  readonly offset?: number;
  /** The last one of the page before. */
  readonly after?: string;
  readonly order: "asc" | "desc";
}
