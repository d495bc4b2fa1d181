/** Who is asking, and whether they may ask now. All of it happens before the request's body is read. */
import { asFault, Fault, type FaultName } from "../core/fault.ts";
import type { Identity, KeyStore, LookUp, PresentedKey } from "./key-store.ts";
import { addressCheck } from "./limits/address.ts";
import { retryAfterMs } from "./limits/headers.ts";
import type { Limiters } from "./limits/index.ts";
import { LocalLimiter } from "./limits/local.ts";
import type { AddressCheck, Checks, Verdict, Verdicts } from "./limits/types.ts";

export interface AdmissionsOptions {
  readonly keys: KeyStore;
  readonly limiters: Limiters;
  /** Requests a minute. `key` is for keys that have no limit of their own; without `account`, accounts have none. */
  readonly limits: { readonly ip: number; readonly key: number; readonly account?: number | undefined };
  readonly now: () => number;
}

export interface Visit {
  readonly headers: Headers;
  readonly key: PresentedKey;
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
  /** Notes how long a step took. */
  readonly time: <Result>(name: string, step: Promise<Result>) => Promise<Result>;
}

/** The result of {@link Admissions.admit}. A refused request may have an identity too. */
export type Admission =
  | { readonly identity: Identity; readonly keyVerdict: Verdict | undefined; readonly refusal: undefined }
  | {
      readonly identity: Identity | undefined;
      readonly keyVerdict: Verdict | undefined;
      readonly refusal: Fault;
    };

export class Admissions {
  readonly #options: AdmissionsOptions;
  /** Counts what is asked over open sockets. */
  readonly #local: LocalLimiter;

  constructor(options: AdmissionsOptions) {
    this.#options = options;
    this.#local = new LocalLimiter(options.now);
  }

  /**
   * Finds the key's owner and counts the request against all limits. A request without a valid key counts against its
   * address alone. Where a key must be looked up in D1, the request counts against its address first, so that guessed keys
   * never flood D1. Cached keys are refreshed only for requests that pass.
   */
  async admit({ headers, key: presented, defer, time }: Visit): Promise<Admission> {
    const { keys, limiters } = this.#options;
    const ip = this.#address(headers);
    const refreshes: (() => Promise<unknown>)[] = [];
    let counted = false;
    const lookUp: LookUp = {
      beforeLookUp: async () => {
        counted = true;
        this.#pass(await limiters.embedded.check({ ip }));
      },
      whenAdmitted: (refresh) => void refreshes.push(refresh),
    };
    const caller = await time("key", keys.identify(presented, lookUp)).catch(asFault);
    const nobody = caller instanceof Fault;
    if (nobody && caller.kind === "rate_limited_ip") return refused(caller);

    const identity = nobody ? undefined : caller;
    const subjects = nobody ? {} : this.#subjects(caller);
    const verdicts = await time("limits", limiters.main.check({ ip: { ...ip, counted }, ...subjects }));
    const overLimit = this.#refusal(verdicts);
    if (overLimit !== undefined) return { ...refused(overLimit), identity, keyVerdict: verdicts.key };
    for (const refresh of refreshes) defer(refresh());
    return nobody ? refused(caller) : { identity: caller, keyVerdict: verdicts.key, refusal: undefined };
  }

  /** Counts a request to an endpoint that is open to everyone. @throws Fault `rate_limited_ip` */
  async admitAnyone({ headers, time }: Omit<Visit, "key">): Promise<void> {
    this.#pass(await time("limits", this.#options.limiters.main.check({ ip: this.#address(headers) })));
  }

  /**
   * Counts what a caller who was admitted asks over an open socket, in this isolate alone: a socket stays in its isolate.
   * @returns the fault of a limit that is reached
   */
  async countAgain(headers: Headers, identity: Identity): Promise<Fault | undefined> {
    const ip = { ...this.#address(headers), counted: true };
    return this.#refusal(await this.#local.check({ ip, ...this.#subjects(identity) }));
  }

  #subjects({ keyId, accountId, requestsPerMinute }: Identity): Pick<Checks, "key" | "account"> {
    const { limits } = this.#options;
    return {
      key: { subject: keyId, limit: requestsPerMinute ?? limits.key },
      account: limits.account === undefined ? undefined : { subject: accountId, limit: limits.account },
    };
  }

  #address(headers: Headers): AddressCheck {
    return addressCheck(headers, this.#options.limits.ip);
  }

  #pass(verdicts: Verdicts): void {
    const refusal = this.#refusal(verdicts);
    if (refusal !== undefined) throw refusal;
  }

  #refusal(verdicts: Verdicts): Fault | undefined {
    const refusals = FAULTS.flatMap(([limit, fault]) => {
      const verdict = verdicts[limit];
      return verdict === undefined || verdict.allowed ? [] : [{ fault, verdict }];
    });
    const [first] = refusals;
    if (first === undefined) return undefined;
    const waitMs = retryAfterMs(
      refusals.map(({ verdict }) => verdict),
      this.#options.now(),
    );
    return new Fault(first.fault, { retryAfterMs: waitMs });
  }
}

/** What a refusal says; where several limits are met, the first. */
const FAULTS: readonly (readonly [limit: keyof Verdicts, fault: FaultName])[] = [
  ["ip", "rate_limited_ip"],
  ["key", "rate_limited_key"],
  ["account", "rate_limited_account"],
];

function refused(refusal: Fault): Admission & { readonly refusal: Fault } {
  return { identity: undefined, keyVerdict: undefined, refusal };
}
