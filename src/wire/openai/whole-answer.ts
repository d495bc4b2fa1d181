/** What whole answers in OpenAI's format have in common. */
import type { JsonDraft } from "../../core/json-edit.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { answerDraft } from "../reading.ts";
import { scrub } from "../scrub.ts";
import { errorIn } from "./error-in.ts";

/**
 * @param documented the members that the wire documents
 * @throws Fault `upstream_error` when it is no JSON object; UpstreamError for an error object
 */
export function wholeAnswer(payload: Payload, documented: ReadonlySet<string>): JsonDraft {
  const draft = answerDraft(payload);
  const error = errorIn(draft.value);
  if (error !== undefined) throw new UpstreamError(error);
  scrub(draft, documented);
  return draft;
}
