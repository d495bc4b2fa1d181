/** The forms in which clients read streams. */
import { KEEP_ALIVE } from "./frame.ts";

interface StreamForm {
  readonly contentType: string;
  /** Keeps the connection open; clients ignore it. */
  readonly keepAlive: string;
  /** Tells something to the reader of a stream; clients ignore it. */
  readonly comment: (text: string) => string;
}

export const STREAM_FORMS = {
  /** Server-sent events. */
  events: {
    contentType: "text/event-stream; charset=utf-8",
    keepAlive: KEEP_ALIVE,
    comment: (text) => `: ${text}\n\n`,
  },
  /** One JSON array, whose items come one by one. */
  array: { contentType: "application/json", keepAlive: "\n", comment: () => "" },
} as const satisfies Record<string, StreamForm>;

export type StreamFormName = keyof typeof STREAM_FORMS;
