/** Pictures that an upstream makes later, as no vendor writes them. What is answered at once is a chat, see `operation/chat/`. */
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../chat/conversation.ts";

export interface ImageRequest {
  readonly prompt: string;
  /** What is not to be seen. */
  readonly negative?: string;
  /** What it is made of. */
  readonly pictures: readonly Source[];
  /** What of the picture is kept, in the vendor's words: `subject`, `face`; undefined = all of it. */
  readonly reference?: string;
  /** How many are made. */
  readonly count: number;
  /** `16:9`; undefined = as the model makes them. */
  readonly aspect?: string;
  /** `1k`, `2k`; undefined = as the model makes them. */
  readonly resolution?: string;
  /** What one wire alone has a place for. */
  readonly native?: { readonly wire: string; readonly members: JsonObject };
}
