/** The programs that the portal shows for SDKs, as somebody copies them. */
import { clientsFor, valuesFor } from "../../../src/portal/clients/index.ts";

interface Program {
  /** The client's id. */
  readonly name: string;
  readonly text: string;
}

export function shownPrograms(
  form: "python" | "javascript",
  { url, key }: { readonly url: string; readonly key: string },
): readonly Program[] {
  const values = valuesFor(url, "My Gateway", key);
  return clientsFor().flatMap(({ id, texts = [] }) =>
    texts.filter((text) => text.form === form).map(({ text }) => ({ name: id, text: text(values) })),
  );
}
