/** What writers have in common whose events have no names, wait for nothing and end without a mark. */
import { onOneLine, writeFrame } from "../core/frame.ts";
import type { JsonObject } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import type { ClientWriter, Piece, Whole } from "./types.ts";

export abstract class EventWriter implements ClientWriter {
  readonly waits = false;

  abstract whole(body: Whole["body"]): Payload;

  write({ draft }: Piece): string {
    const data = draft.toString();
    return writeFrame(onOneLine(data));
  }

  flush(): string {
    return "";
  }

  end(): string {
    return "";
  }

  fail(body: JsonObject): string {
    return writeFrame(JSON.stringify({ type: "error", ...body }));
  }
}
