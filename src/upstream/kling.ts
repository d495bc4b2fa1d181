/**
 * Kling: a credential is `AccessKey:SecretKey`, and each call carries a token that is signed with the second. A relay that has
 * Kling's paths behind a key of its own is of the kind `bearer`.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/commonInfo
 */
import { Fault } from "../core/fault.ts";
import { AttemptFailure } from "./failure.ts";
import { signJwt } from "./jwt.ts";
import type { Kind } from "./types.ts";

/** So long a token is valid, and so long before it was made, for clocks that go wrong. */
const VALID_SECONDS = 1800;
const EARLY_SECONDS = 5;
/** A token is used again for so long. */
const USED_MS = 600_000;
/** More credentials than any site has: nothing is kept for those that were replaced. */
const MOST_TOKENS = 200;

interface Token {
  readonly text: Promise<string>;
  readonly madeAtMs: number;
}

const tokens = new Map<string, Token>();

export const kling: Kind = {
  prepare: async ({ baseUrl, path }, credential) => ({
    url: baseUrl + path,
    headers: { authorization: `Bearer ${await tokenOf(credential, Date.now())}` },
  }),
};

async function tokenOf(credential: string, nowMs: number): Promise<string> {
  const known = tokens.get(credential);
  if (known !== undefined && nowMs >= known.madeAtMs && nowMs - known.madeAtMs < USED_MS) return known.text;
  const text = makeToken(credential, Math.floor(nowMs / 1000));
  if (tokens.size >= MOST_TOKENS) tokens.clear();
  tokens.set(credential, { text, madeAtMs: nowMs });
  return text;
}

/** @throws AttemptFailure for a credential of another form */
async function makeToken(credential: string, now: number): Promise<string> {
  const [, accessKey, secretKey] = /^([^:\s]+):(\S+)$/.exec(credential.trim()) ?? [];
  if (accessKey === undefined || secretKey === undefined) {
    const fault = new Fault("upstream_error", { reason: "the credential is not AccessKey:SecretKey" });
    throw new AttemptFailure(fault, "credential_refused");
  }
  return signJwt({ iss: accessKey, exp: now + VALID_SECONDS, nbf: now - EARLY_SECONDS }, secretKey);
}
