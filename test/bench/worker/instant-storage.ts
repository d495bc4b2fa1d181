/**
 * Storage that answers at once: what a statement or an object once answered, it answers for ever. So the gateway's own work is
 * measured without the storage's. Only for one key that asks for one thing again and again.
 */

type Call = (...values: never[]) => unknown;

/** @param names what makes two calls the same */
function remembered<Answer>(answers: Map<string, unknown>, name: string, ask: () => Promise<Answer>): Promise<Answer> {
  const known = answers.get(name) as Promise<Answer> | undefined;
  if (known !== undefined) return known;
  const asked = ask();
  // A failure is not remembered.
  asked.then(
    (answer) => answers.set(name, Promise.resolve(answer)),
    () => undefined,
  );
  return asked;
}

/** Each statement answers by its text alone, whatever its parameters are. */
export function instantD1(database: D1Database): D1Database {
  const answers = new Map<string, unknown>();
  const real = new WeakMap<object, { text: string; statement: D1PreparedStatement }>();
  const statementOf = (text: string, statement: D1PreparedStatement): D1PreparedStatement => {
    const own = {
      bind: (...values: unknown[]) => statementOf(text, statement.bind(...values)),
      all: () => remembered(answers, `all ${text}`, async () => statement.all()),
      run: () => remembered(answers, `run ${text}`, async () => statement.run()),
      raw: () => remembered(answers, `raw ${text}`, async () => statement.raw()),
      first: (column?: string) =>
        remembered(answers, `first ${column} ${text}`, async () =>
          column === undefined ? statement.first() : statement.first(column),
        ),
    } as unknown as D1PreparedStatement;
    real.set(own, { text, statement });
    return own;
  };
  return {
    prepare: (text: string) => statementOf(text, database.prepare(text)),
    batch(statements: D1PreparedStatement[]) {
      const all = statements.map((one) => real.get(one));
      return remembered(answers, `batch ${all.map((one) => one?.text).join(";")}`, async () =>
        database.batch(all.flatMap((one) => one?.statement ?? [])),
      );
    },
  } as unknown as D1Database;
}

/** Objects that answer by their name and the method alone. */
export function instantObjects<Objects extends DurableObjectNamespace<never>>(objects: Objects): Objects {
  const answers = new Map<string, unknown>();
  return {
    getByName(name: string) {
      return new Proxy(
        {},
        {
          get: (_, method) =>
            typeof method !== "string" || method === "then"
              ? undefined
              : (...values: unknown[]) =>
                  remembered(answers, `${name} ${method}`, async () => {
                    const object = objects.getByName(name) as unknown as Record<string, Call>;
                    return object[method]?.(...(values as never[]));
                  }),
        },
      );
    },
  } as unknown as Objects;
}
