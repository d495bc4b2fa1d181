/** An error that ends the program with a message and an exit code, without a stack. */
export class Problem extends Error {
  readonly exitCode: number;

  /** @param exitCode 1 = the command failed, 2 = it was called wrongly */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
