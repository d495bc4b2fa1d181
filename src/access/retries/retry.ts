/** Which request a request repeats, as its headers tell. */
import { Fault } from "../../core/fault.ts";
import { sha256Hex } from "../../core/id.ts";
import { hashOfForm } from "./form-hash.ts";
import type { Payload } from "../../core/payload.ts";

export interface Retry {
  /** The client's own name for the request; undefined = its library only counts its retries. */
  readonly key: string | undefined;
  /** The library has sent the same before. */
  readonly isRepeated: boolean;
}

/** Printable, as the draft of the header asks; quotation marks belong to it. */
const KEY = /^[\u0020-\u007E]{1,255}$/;

/**
 * undefined = the client says nothing of retries.
 * @throws Fault `invalid_parameter`
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function readRetry(headers: Headers): Retry | undefined {
  const key = headers.get("idempotency-key") ?? undefined;
  if (key !== undefined && !KEY.test(key)) {
    throw new Fault("invalid_parameter", {
      param: "Idempotency-Key",
      detail: {
        en: "'{param}' must have 1 to 255 printable ASCII characters.",
        zh: "'{param}' 须为 1 至 255 个可打印的 ASCII 字符。",
      },
    });
  }
  // OpenAI's and Anthropic's libraries count so, and send no key by themselves.
  const count = headers.get("x-stainless-retry-count");
  return key === undefined && count === null ? undefined : { key, isRepeated: Number(count ?? 0) > 0 };
}

/** Of everything that decides the answer; undefined = the body is no text. */
export async function hashOfRequest(payload: Payload, endpoint: string, streams: boolean): Promise<string | undefined> {
  if (payload.kind === "form") return sha256Hex(`${endpoint}\n${streams}\n${await hashOfForm(payload.form)}`);
  return payload.kind === "json" ? sha256Hex(`${endpoint}\n${streams}\n${payload.text}`) : undefined;
}
