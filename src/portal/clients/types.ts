/** How a client is told of the gateway: by a link into it, by texts to copy, or by fields to fill in. */
import type { Text } from "../../core/language.ts";
import type { WireName } from "../../wire/index.ts";

/** What stands in links and texts. */
export interface Values {
  /** Such as `https://llm.example.com`. */
  readonly origin: string;
  readonly key: string;
  /** The site's name, without characters that a link or a configuration could trip over. */
  readonly name: string;
  /** The name as an identifier: `token-gateway`. */
  readonly slug: string;
}

export interface ConfigText {
  /** A file, or where else the text belongs. */
  readonly place: string;
  readonly form: "json" | "toml" | "yaml" | "env" | "shell" | "python" | "javascript";
  readonly text: (values: Values) => string;
}

export interface Client {
  readonly id: string;
  readonly name: string;
  /** The client is shown where the gateway serves this wire. */
  readonly wire: WireName;
  /** A link of the client's own scheme, which carries the key. */
  readonly link?: (values: Values) => string;
  readonly texts?: readonly ConfigText[];
  /** What stands in the client's own form. */
  readonly fields?: (values: Values) => readonly (readonly [label: Text, value: string])[];
  readonly note?: Text;
}
