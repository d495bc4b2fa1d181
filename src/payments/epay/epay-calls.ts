/** Calls of an Epay platform from the server, in both versions. Its key stands in addresses: they are never logged. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { EpayOptions } from "../options.ts";
import { ProviderError, type Fetch } from "../payment-provider.ts";
import { isSigned, signed, type Parameters } from "./epay-sign.ts";

/** A platform waits 5 s for the answer to its callback, within which it is asked. */
const CALL_MS = 4_000;
/** How far the clocks may differ, and how old an answer may be. */
export const CLOCK_MS = 15 * 60_000;

type Act = "order" | "refund";
const V2_PATHS: Readonly<Record<Act, string>> = { order: "api/pay/query", refund: "api/pay/refund" };

export interface Answer {
  /** The platform did what was asked. */
  readonly ok: boolean;
  /** What it said, without signature. */
  readonly fields: Parameters;
  readonly words: string;
}

export class EpayCalls {
  readonly #options: EpayOptions;
  readonly #fetch: Fetch;
  readonly #now: () => number;

  constructor(options: EpayOptions, fetch: Fetch, now: () => number) {
    this.#options = options;
    this.#fetch = fetch;
    this.#now = now;
  }

  /** @throws ProviderError when there is no answer, or none of the platform */
  async call(act: Act, parameters: Parameters): Promise<Answer> {
    return this.#options.keys.type === "MD5" ? this.#first(act, parameters) : this.#second(act, parameters);
  }

  async #first(act: Act, parameters: Parameters): Promise<Answer> {
    const { pid, keys } = this.#options;
    const all = new URLSearchParams({ pid, key: keys.type === "MD5" ? keys.key : "", ...parameters });
    const answer =
      act === "order"
        ? await this.#send(`api.php?act=order&${all.toString()}`, { method: "GET" })
        : await this.#send("api.php?act=refund", { method: "POST", body: all });
    // Platforms differ in what they answer to a refund that is given.
    return answered(answer, act === "order" ? ["1"] : ["0", "1"]);
  }

  async #second(act: Act, parameters: Parameters): Promise<Answer> {
    const { pid, keys } = this.#options;
    const timestamp = String(Math.floor(this.#now() / 1000));
    const body = new URLSearchParams(await signed({ pid, timestamp, ...parameters }, keys));
    const answer = await this.#send(V2_PATHS[act], { method: "POST", body });
    const read = answered(answer, ["0"]);
    // Refusals come unsigned.
    if (!read.ok) return read;
    const isFresh = Math.abs(this.#now() - Number(read.fields["timestamp"]) * 1000) <= CLOCK_MS;
    if (!isFresh || !(await isSigned(read.fields, keys))) throw new ProviderError("the answer is not signed");
    return read;
  }

  async #send(path: string, init: RequestInit): Promise<JsonObject> {
    let answer: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(CALL_MS);
      answer = await this.#fetch(this.#options.url + path, { ...init, redirect: "manual", signal });
      text = await answer.text();
    } catch {
      // The cause may name the address, and the address holds the key.
      throw new ProviderError("the platform does not answer");
    }
    if (!answer.ok) throw new ProviderError(`the platform answered ${answer.status}`);
    const value = parsed(text);
    if (!isObject(value)) throw new ProviderError("the platform answered no JSON object");
    return value;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answered(answer: JsonObject, good: readonly string[]): Answer {
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (typeof value === "string" || typeof value === "number") fields[name] = String(value);
  }
  const words = [`code ${fields["code"] ?? "?"}`, fields["msg"], fields["status"] && `status ${fields["status"]}`];
  return {
    ok: good.includes(fields["code"] ?? ""),
    fields,
    words: words
      .filter((word) => word !== undefined && word !== "")
      .join(", ")
      .slice(0, 300),
  };
}
