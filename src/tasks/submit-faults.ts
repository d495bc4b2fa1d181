/** Why a task is not begun, whatever its upstreams say. */
import { isOurMistake } from "../billing/storage.ts";
import { unreachableFault } from "../billing/wallet.ts";
import { Fault } from "../core/fault.ts";
import type { Attributes } from "../core/units.ts";
import { AttemptFailure } from "../upstream/failure.ts";

export function tooMany(most: number): Fault {
  return new Fault("concurrency_limited", {
    retryAfterMs: 30_000,
    values: { most },
    detail: {
      en: "This account has {most} tasks that are not finished. Please wait for one of them.",
      zh: "该账户已有 {most} 个未完成的任务,请等待其中之一完成。",
    },
  });
}

export function otherRequest(): Fault {
  return new Fault("invalid_parameter", {
    param: "Idempotency-Key",
    detail: { en: "'{param}' was used for another request.", zh: "'{param}' 已用于另一个请求。" },
  });
}

export function stillRunning(): Fault {
  return new Fault("conflict", {
    headers: { "retry-after": "5" },
    detail: { en: "The first request with this key still runs.", zh: "使用该键的首个请求仍在进行。" },
  });
}

export function nameTaken(): Fault {
  return new Fault("invalid_parameter", {
    detail: {
      en: "Another task of this account has the id that the request gives to its own.",
      zh: "请求为任务指定的 ID 已用于该账户的另一个任务。",
    },
  });
}

/** No upstream of the model knows how to do what is asked. */
export function unknownThere(): Fault {
  return new Fault("unsupported_feature", {
    param: "model",
    detail: { en: "The model cannot do this.", zh: "该模型不支持此操作。" },
  });
}

/** The model has no rate for what the request asks for beyond the usual: operators find it among refusals. */
export function unpriced(names: readonly (keyof Attributes)[], attributes: Attributes): Fault {
  const values = names.map((name) => `'${attributes[name] ?? ""}'`).join(", ");
  return new Fault("unsupported_feature", {
    param: names[0] ?? "",
    values: { values },
    reason: `no rate for ${names.join(", ")} ${values}`,
    detail: { en: "This model has no price for {values}.", zh: "该模型没有 {values} 的价格。" },
  });
}

/** Says nothing against an upstream that was not asked. */
export function noTimeLeft(): AttemptFailure {
  const reason = "the upstreams before it took all the time that a submission has";
  return new AttemptFailure(new Fault("upstream_timeout", { reason }), "abandoned");
}

/** @throws Fault `overloaded` where the database does not note what it is to: the client may try again */
export async function noted<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    throw isOurMistake(error) ? error : unreachableFault(error, "the task was not noted");
  });
}
