/** A law of the gateway, and a change to the source that breaks it. Some test must notice. */
export interface Mutant {
  readonly law: string;
  /** Occurs once in the source, so that the mutant survives a move to another file. */
  readonly from: string;
  readonly to: string;
  /** The project whose tests notice; `pure` when absent. */
  readonly project?: "pure" | "worker";
  /** Part of the path of the tests that notice, where no test imports the file: workerd itself loads Durable Objects. */
  readonly tests?: string;
}
