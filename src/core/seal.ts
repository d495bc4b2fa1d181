/**
 * Seals secrets at rest: AES-256-GCM with a random 96-bit nonce. The purpose is authenticated with the secret, so a
 * sealed secret opens neither in another row nor for another origin.
 */
import { fromBase64, toBase64Url } from "./base64.ts";
import { toHex } from "./id.ts";

/**
 * The form of today, `v2.<key>.<nonce>.<ciphertext>`: it names its key, and is bound to an id and an origin. The form
 * `v1.<nonce>.<ciphertext>` names no key and is bound to the id alone. Nothing is sealed in it any more.
 */
const FORM = "v2";
const OLD_FORM = "v1";

/** What a secret is sealed for: the row that owns it, and the only origin that it may be sent to. */
export interface Purpose {
  readonly id: string;
  /** As `URL` writes it: `https://api.example.com`. */
  readonly origin: string;
}

type SealingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface NamedKey {
  /** The first 8 digits of the key's SHA-256. */
  readonly name: string;
  readonly key: SealingKey;
}

/** Seals with the first of its keys, and opens with any of them. */
export class Sealer {
  readonly #texts: readonly string[];
  #keys: readonly NamedKey[] | undefined;

  /** @param keys each 32 bytes, base64 or base64url; the present key, then the previous one */
  constructor(...keys: readonly [present: string, ...previous: string[]]) {
    this.#texts = keys;
  }

  /** @throws Error when the key is not 32 bytes in base64 */
  async seal(secret: string, purpose: Purpose): Promise<string> {
    const { name, iv, ciphertext } = await this.#encrypted(secret, purpose);
    return [FORM, name, toBase64Url(iv), toBase64Url(ciphertext)].join(".");
  }

  /** @throws Error when `sealed` was made with a key that is not known, or for another purpose */
  async open(sealed: string, purpose: Purpose): Promise<string> {
    const [form = "", ...parts] = sealed.split(".");
    switch (form) {
      case FORM: {
        const [name, iv = "", ciphertext = ""] = parts;
        const keys = (await this.#named()).filter((known) => known.name === name);
        return openWith(keys, { iv, ciphertext, context: contextOf(purpose) });
      }
      case OLD_FORM: {
        const [iv = "", ciphertext = ""] = parts;
        return openWith(await this.#named(), { iv, ciphertext, context: purpose.id });
      }
      default:
        throw new Error("sealed in an unknown form");
    }
  }

  /** Seals a text that is kept for a while only, in bytes: nonce and ciphertext. */
  async sealBriefly(text: string, purpose: Purpose): Promise<Uint8Array> {
    const { iv, ciphertext } = await this.#encrypted(text, purpose);
    const sealed = new Uint8Array(iv.length + ciphertext.length);
    sealed.set(iv);
    sealed.set(ciphertext, iv.length);
    return sealed;
  }

  /** Opens what {@link sealBriefly} has made. @throws Error when no key opens it for this purpose */
  async openBriefly(sealed: Uint8Array, purpose: Purpose): Promise<string> {
    const [iv, ciphertext] = [sealed.slice(0, IV_BYTES), sealed.slice(IV_BYTES)];
    return decryptWith(await this.#named(), { iv, ciphertext, context: contextOf(purpose) });
  }

  /** How everything begins that is sealed in the form of today with the present key. */
  async presentPrefix(): Promise<string> {
    return `${FORM}.${(await this.#present()).name}.`;
  }

  async #encrypted(text: string, purpose: Purpose) {
    const { name, key } = await this.#present();
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const additionalData = bytesOf(contextOf(purpose));
    const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, bytesOf(text));
    return { name, iv, ciphertext: new Uint8Array(ciphertext) };
  }

  async #present(): Promise<NamedKey> {
    const [first] = await this.#named();
    if (first === undefined) throw new Error("there is no key");
    return first;
  }

  async #named(): Promise<readonly NamedKey[]> {
    this.#keys ??= await Promise.all(this.#texts.map(namedKey));
    return this.#keys;
  }
}

const IV_BYTES = 12;

function contextOf({ id, origin }: Purpose): string {
  return `${id}\n${origin}`;
}

interface Sealed {
  readonly iv: string;
  readonly ciphertext: string;
  readonly context: string;
}

async function openWith(keys: readonly NamedKey[], { iv, ciphertext, context }: Sealed): Promise<string> {
  return decryptWith(keys, { iv: fromBase64(iv), ciphertext: fromBase64(ciphertext), context });
}

interface Encrypted {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
  readonly context: string;
}

async function decryptWith(keys: readonly NamedKey[], { iv, ciphertext, context }: Encrypted): Promise<string> {
  const algorithm = { name: "AES-GCM", iv, additionalData: bytesOf(context) };
  for (const { key } of keys) {
    const secret = await crypto.subtle.decrypt(algorithm, key, ciphertext).catch(() => undefined);
    if (secret !== undefined) return new TextDecoder().decode(secret);
  }
  throw new Error("no key opens this for this purpose");
}

async function namedKey(text: string): Promise<NamedKey> {
  const bytes = fromBase64(text);
  if (bytes.length !== 32) throw new Error("the key must be 32 bytes in base64");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { name: toHex(digest.slice(0, 4)), key };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
