/** A task as it is stored: who pays for it, who makes it, and how it is doing. */
import type { PriceVersion } from "../billing/price-list.ts";
import type { ChargeRef } from "../billing/wallet.ts";
import type { JsonObject } from "../core/json.ts";
import type { Attributes, Usage } from "../core/units.ts";
import type { TaskError, TaskResult, TaskState } from "../wire/task-types.ts";

export interface Task {
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly charge: ChargeRef;
  readonly operation: string;
  /** The name of the form that its client asked in. */
  readonly form: string;
  /** The public name. */
  readonly model: string;
  /** Who makes it; undefined = nobody has taken it yet. */
  readonly maker: Maker | undefined;
  readonly state: TaskState;
  /** Of 100. */
  readonly progress: number;
  /** Unix milliseconds, as all times. */
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  readonly limitAt: number;
  readonly expiresAt: number;
  readonly misses: number;
  /** When the operator's bucket gives its results up; undefined = they are not all there. */
  readonly keptUntil: number | undefined;
  /** Its charge is closed. */
  readonly isClosed: boolean;
  readonly content: TaskContent;
}

/** A task stays with the upstream and the credential that took it. */
export interface Maker {
  readonly routeId: string;
  readonly upstreamId: string;
  readonly credentialId: string;
  /** The upstream's own id of the task. */
  readonly task: string;
  readonly terms: Terms;
}

/** What is paid for when it succeeds. */
export interface Terms {
  readonly units: Usage;
  readonly attributes: Attributes;
  readonly price: PriceVersion;
  /** Parts per million of the price. */
  readonly ratioPpm: number;
  /**
   * Its client must say more, and pays for that, in another task. `open`: nobody has looked yet whether the upstream goes on by
   * itself, and the charge is held. `free`: the charge was given back.
   */
  readonly window?: "open" | "free";
  /** What is stored with the charge: how the task was asked for, and the attempts until an upstream took it. */
  readonly record: { readonly request: JsonObject; readonly attempts: readonly unknown[] };
}

/** What is sealed of a task. */
export interface TaskContent {
  /** What the form shows of the request. */
  readonly shown: JsonObject;
  /** What opens its results without a key. */
  readonly link: string;
  /** Under which address the client asked for it: `https://llm.example.com`. */
  readonly origin: string;
  /** Where the client wants to be told of it. */
  readonly callback?: string;
  readonly results?: readonly TaskResult[];
  /** Until when its upstream gives them out, where that is known. */
  readonly resultsUntil?: number;
  readonly error?: TaskError;
  /** As in `TaskReport`. */
  readonly native?: JsonObject;
}

export function isOver(state: TaskState): state is "succeeded" | "failed" {
  return state === "succeeded" || state === "failed";
}

/** A whole number of 100, which never falls. */
export function progressOf(told: number | undefined, before: number): number {
  return Math.max(before, Math.min(99, Math.max(0, Math.floor(told ?? 0))));
}
