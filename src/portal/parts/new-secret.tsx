/** A new key, with the address that it belongs to. A page shows it one time (`shown-once.ts`). */
import { KEYS } from "../text/keys-text.ts";
import type { Visit } from "../visit.ts";
import { Copyable } from "./copy.tsx";
import { Notice } from "./frame.tsx";

export function NewSecret({ visit, secret }: { readonly visit: Visit; readonly secret: string }) {
  const { say, origin } = visit;
  return (
    <>
      <Notice kind="warn">{say(KEYS.once)}</Notice>
      <p class="secret">
        <Copyable visit={visit} text={secret} what={say(KEYS.key)} />
      </p>
      <p>
        {say(KEYS.baseUrl)}: <Copyable visit={visit} text={`${origin}/v1`} what={say(KEYS.baseUrl)} />
      </p>
    </>
  );
}
