/**
 * A database that counts how often it is waited for. What is asked together is sent together, when nothing more is asked for a
 * moment, and counts once.
 */
export class CountingD1 {
  trips = 0;
  readonly database: D1Database;
  readonly #real = new WeakMap<object, D1PreparedStatement>();
  #waiting: (() => Promise<void>)[] = [];
  #isSending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(database: D1Database) {
    this.database = new Proxy(database, {
      get: (target, name) => {
        if (name === "prepare") return (text: string) => this.#statement(target.prepare(text));
        if (name === "batch") {
          return async (statements: D1PreparedStatement[]) =>
            this.#send(async () => target.batch(statements.map((one) => this.#real.get(one) ?? one)));
        }
        throw new Error(`the counting database has no ${String(name)}`);
      },
    });
  }

  #statement(real: D1PreparedStatement): D1PreparedStatement {
    const statement = {
      bind: (...values: unknown[]) => this.#statement(real.bind(...values)),
      all: async () => this.#send(async () => real.all()),
      run: async () => this.#send(async () => real.run()),
      raw: async () => this.#send(async () => real.raw()),
      first: async (...column: []) => this.#send(async () => real.first(...column)),
    } as unknown as D1PreparedStatement;
    this.#real.set(statement, real);
    return statement;
  }

  async #send<Result>(call: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(async () => call().then(resolve, reject));
      this.#arrange();
    });
  }

  #arrange(): void {
    if (this.#isSending || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sendAll(), QUIET_MS);
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    const together = this.#waiting;
    this.#waiting = [];
    this.trips++;
    await Promise.all(together.map(async (call) => call()));
    this.#isSending = false;
    this.#arrange();
  }
}

const QUIET_MS = 10;
