import type { Preferences } from "./preferences.ts";
import type { Attributes, Fee, Usage } from "../core/units.ts";
import type { Capability, Operation } from "./operations.ts";
import type { Recording } from "./speech/heard.ts";

/** All that routing and billing see of a request; never its text. A wire makes it once, from the client's body. */
export interface Demand {
  readonly operation: Operation;
  /** As the client wrote it; undefined where it is absent, empty or null. */
  readonly model: string | undefined;
  /** The models to fall back on, in this order, when the one before cannot serve. */
  readonly fallbacks: readonly string[];
  /** What the client wishes of the upstreams; undefined = nothing. */
  readonly preferences?: Preferences;
  /** The client's cap on the output of each choice, in tokens. */
  readonly maxOutput: number | undefined;
  /** Bytes of the body without its media: the prompt has no more tokens, whichever fields a model reads. */
  readonly promptBytes: number;
  /** How many prompts the body has; one by default. */
  readonly prompts?: number;
  /** How many answers are asked for at once. */
  readonly choices: number;
  /** The capabilities that the model must have, each with the number of parts that need it. */
  readonly needs: ReadonlyMap<Capability, number>;
  /**
   * What the request asks for beyond tokens at their usual price. Only a model with a price for a fee gets the fields that
   * ask for it. undefined = nothing.
   */
  readonly fees?: ReadonlySet<Fee>;
  /** Amounts that the request itself fixes: pictures to make, milliseconds, characters to speak, the least of searches. */
  readonly units?: Usage;
  /** What the model is to hear; absent = no recording, or one inside a chat. */
  readonly recording?: Recording;
  /** The attributes that the price depends on. An attribute that the client left to the upstream is absent. */
  readonly attributes?: Attributes;
}

/** A token is about 3.5 bytes of text. An estimate: nobody is charged by it. */
const BYTES_PER_TOKEN = 3.5;

/** About how many tokens the prompt has, without its media. */
export function promptTokensOf({ promptBytes }: Pick<Demand, "promptBytes">): number {
  return Math.ceil(promptBytes / BYTES_PER_TOKEN);
}

/** The names of models that are asked for, for logs and receipts; long lists are cut. @param otherwise where none is named */
export function askedModels({ model, fallbacks }: Pick<Demand, "model" | "fallbacks">, otherwise: string): string {
  return [model ?? otherwise, ...fallbacks].join(",").slice(0, 200);
}
