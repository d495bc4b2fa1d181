/** The neutral form of a chat answer: a row of events. A whole answer is the same events at once. */
import type { Usage } from "../../core/units.ts";
import type { Proof } from "./conversation.ts";

export type ChatEvent =
  | { readonly kind: "start"; readonly id: string | undefined }
  | PartStart
  /** More text of a part: what is said or thought, or the arguments of a call. */
  | { readonly kind: "delta"; readonly choice: number; readonly part: number; readonly text: string }
  | { readonly kind: "proof"; readonly choice: number; readonly part: number; readonly proof: Proof }
  | { readonly kind: "citation"; readonly choice: number; readonly part: number; readonly citation: Citation }
  | { readonly kind: "part-end"; readonly choice: number; readonly part: number }
  | { readonly kind: "usage"; readonly usage: Usage }
  | {
      readonly kind: "end";
      readonly choice: number;
      readonly reason: EndReason;
      /** Why the model refused. */
      readonly explanation?: string;
    };

/** Parts have numbers that are their own within a choice. Several may be open at once. */
export interface PartStart {
  readonly kind: "part-start";
  readonly choice: number;
  readonly part: number;
  readonly type: "text" | "reasoning" | "refusal" | "tool-call" | "image";
  /** Of a tool call. */
  readonly id?: string;
  readonly name?: string;
  /** The call's deltas are plain text, no JSON. */
  readonly takesText?: boolean;
  /** Of a picture, which comes whole: a `data:` URL or an address. */
  readonly url?: string;
}

interface Citation {
  readonly url: string;
  readonly title?: string;
  /** What the source says. */
  readonly quote?: string;
}

/** `tools` = the model waits for the results of its calls. */
export type EndReason = "stop" | "length" | "tools" | "filter";
