/** What a part has found. */
export interface Figure {
  /** Such as `CPU of a JSON request`. */
  readonly name: string;
  readonly contestant: string;
  /** Of the bare Worker in the same rounds; undefined = the value stands for itself. */
  readonly ratio?: number;
  readonly value: number;
  /** `ms`, `µs`, `KB`. */
  readonly unit: string;
}
