import type { Scope } from "../access/scope.ts";
import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { Demand } from "../operation/demand.ts";
import type { WireName } from "../wire/types.ts";
import type { Payer } from "./charge.ts";
import type { RequestRecord } from "./record.ts";

/** One request, as the pipeline gets it. */
export interface RelayCall {
  readonly wire: WireName;
  readonly body: JsonObject;
  readonly demand: Demand;
  readonly stream: boolean;
  /** Requests of one session prefer one upstream, whose cache then knows them. */
  readonly session: string | undefined;
  readonly payer: Payer;
  readonly scope: Scope;
  /** Puts an answer or event into the form of the client's surface. */
  readonly present: (answer: JsonObject, streaming: boolean) => JsonObject;
  /** An error in the client's dialect, for a stream that has begun. */
  readonly errorBody: (fault: Fault) => JsonObject;
  readonly client: AbortSignal;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  readonly record: RequestRecord;
}
