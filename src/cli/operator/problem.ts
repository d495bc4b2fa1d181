/** What ends the program with a message and a code, and no stack. */
export class Problem extends Error {
  readonly exitCode: number;

  /** @param exitCode 1 = it did not work out, 2 = it was not called right */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
