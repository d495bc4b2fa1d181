/**
 * What a Worker does until it is killed: each call of its database or of an upstream is a step. After the last one nothing
 * comes back any more.
 */
export class Life {
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  steps = 0;
  readonly #lastStep: number;
  readonly #dies: "before" | "after";
  #die!: () => void;

  /** @param dies whether the last call is still made; its answer is lost in any case */
  constructor(lastStep: number, dies: "before" | "after") {
    this.#lastStep = lastStep;
    this.#dies = dies;
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.over, this.#die] = [promise, resolve];
  }

  async step<Result>(call: () => Promise<Result>): Promise<Result> {
    this.steps++;
    if (this.steps < this.#lastStep) return call();
    if (this.steps === this.#lastStep && this.#dies === "after") await call().catch(() => undefined);
    this.#die();
    return new Promise<never>(() => undefined);
  }
}

/** A database whose caller may be killed. */
export function mortalD1(database: D1Database, life: Life): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>();
  const mortal = (statement: D1PreparedStatement): D1PreparedStatement => {
    const own = {
      bind: (...values: unknown[]) => mortal(statement.bind(...values)),
      all: async () => life.step(async () => statement.all()),
      run: async () => life.step(async () => statement.run()),
      raw: async () => life.step(async () => statement.raw()),
      first: async (...column: []) => life.step(async () => statement.first(...column)),
    } as unknown as D1PreparedStatement;
    real.set(own, statement);
    return own;
  };
  return {
    prepare: (text: string) => mortal(database.prepare(text)),
    batch: async (statements: D1PreparedStatement[]) =>
      life.step(async () => database.batch(statements.map((one) => real.get(one) ?? one))),
  } as unknown as D1Database;
}
