import type { Attributes, Usage } from "../core/units.ts";
import type { Capability, Operation } from "./operations.ts";

/** All that routing and billing see of a request: never its text. A wire makes it, once, from the client's body. */
export interface Demand {
  readonly operation: Operation;
  /** As the client wrote it; absent, empty and null are undefined. */
  readonly model: string | undefined;
  /** Names to fall back on, in order, when the one before cannot serve. */
  readonly fallbacks: readonly string[];
  /** The cap the client set on output, in tokens, per choice. */
  readonly maxOutput: number | undefined;
  /** Bytes of text in the prompt, an upper bound on its tokens. */
  readonly promptBytes: number;
  /** How many answers are asked for at once. */
  readonly choices: number;
  /** What the model must be able to take, with the number of parts that need it. */
  readonly needs: ReadonlyMap<Capability, number>;
  /** What is asked for besides text, and known beforehand: pictures, milliseconds, characters to speak. */
  readonly units?: Usage;
  /** What the price depends on, as far as the client fixed it; what it left to the upstream is absent. */
  readonly attributes?: Attributes;
}
