/** Calls one upstream as often as its limits want: a request with many inputs goes up in parts, and gets one answer. */
import { Fault } from "../core/fault.ts";
import type { Payload } from "../core/payload.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { readAnswer, refuseTooLong } from "../upstream/send.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Secret } from "../upstream/types.ts";
import type { Passage } from "../wire/passage.ts";

interface Calling {
  readonly post: (payload: Payload) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Words that an error must not show. */
  readonly secrets: readonly Secret[];
}

interface Called {
  /** The first part's. */
  readonly response: Response;
  /** Undefined where the request went up whole: then the response is to be read. */
  readonly answer: Payload | undefined;
}

/** So many parts are on their way at once. Workers open six connections for a request. */
const AT_ONCE = 4;

/** A part that was refused is tried again with this share of its inputs. */
const SHRINKING = 4;

/**
 * An upstream that refuses the first part may take fewer inputs than anybody wrote down: it is asked again for fewer.
 * @param limit the most inputs of a part that is known; null = the wire's own
 * @throws AttemptFailure; its fault tells what the parts have used that were answered
 */
export async function callInParts(passage: Passage, limit: number | null, calling: Calling): Promise<Called> {
  let parts = passage.parts(limit ?? undefined);
  for (;;) {
    const [first = passage.payload] = parts;
    const response = await calling.post(first).catch((error: unknown) => {
      const inputs = passage.inputsOf(first);
      if (!mayBeTooMany(error) || inputs <= 1) throw error;
      parts = passage.parts(Math.ceil(inputs / SHRINKING));
      return undefined;
    });
    if (response === undefined) continue;
    return { response, answer: parts.length === 1 ? undefined : await answerOf(passage, parts, response, calling) };
  }
}

/** Whether an upstream refused a request that it may take with fewer inputs. */
function mayBeTooMany(error: unknown): boolean {
  if (!(error instanceof AttemptFailure) || error.outcome !== "refused_request") return false;
  return error.fault.kind !== "content_policy";
}

/** @param response of the first part */
async function answerOf(
  passage: Passage,
  parts: readonly Payload[],
  response: Response,
  { post, signal, secrets }: Calling,
): Promise<Payload> {
  const answers: Payload[] = [];
  try {
    answers.push(await readAnswer(response, signal));
    while (answers.length < parts.length) {
      const next = parts.slice(answers.length, answers.length + AT_ONCE);
      const brought = await Promise.allSettled(next.map(async (part) => readAnswer(await post(part), signal)));
      for (const one of brought) if (one.status === "fulfilled") answers.push(one.value);
      const failed = brought.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      refuseTooLong(answers);
    }
    return passage.join(answers);
  } catch (error) {
    const { fault, outcome, status, words } = asAttemptFailure(error, secrets);
    const billed = passage.usedBy(answers);
    throw new AttemptFailure(new Fault(fault.kind, { ...fault.options, billed }), outcome, status, words);
  }
}
