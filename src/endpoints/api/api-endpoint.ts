/** Our own API (account and operator). One declaration per endpoint serves, validates and documents it. */
import type { infer as Infer, ZodMiniType } from "zod/mini";
import type { Identity } from "../../access/key-store.ts";
import type { Operator, Role } from "../../access/operator-store.ts";
import type { ChargesOf } from "../../accounts/charges.ts";
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";
import type { GatewayContext } from "../types.ts";

export type Schema<Value = unknown> = ZodMiniType<Value>;

type Parsed<S extends Schema | undefined> = S extends Schema ? Infer<S> : undefined;

export interface ApiRequest<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly context: GatewayContext;
  readonly services: Services;
}

export interface ApiEndpoint {
  readonly method: "GET" | "POST" | "PATCH";
  /** Whole path, with `:name` for parameters. */
  readonly path: string;
  /** Other paths of the same endpoint, which existing clients call. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly tag: string;
  /** Who may call: everyone, any API key, a key that manages its account, or an operator who has the right of this role. */
  readonly access: "anyone" | "key" | "manager" | Role;
  /** The fields of the body that need the right of another role. A body of such fields alone needs that right alone. */
  readonly fieldRoles?: Readonly<Record<string, Role>>;
  /** The HTTP status of a success; 200 by default. */
  readonly status?: number;
  readonly params?: Schema;
  readonly query?: Schema;
  readonly body?: Schema;
  readonly result: Schema;
  /**
   * For faults that name an argument: its field in the request, if that is not the argument in snake case; `accountId:
   * "id"`.
   */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Throws what `handle` would throw of the body alone, and writes nothing: for calls that are only checked. */
  readonly check?: (request: ApiRequest) => unknown;
  readonly handle: (request: ApiRequest) => Promise<unknown>;
}

interface Definition<
  P extends Schema | undefined,
  Q extends Schema | undefined,
  B extends Schema | undefined,
  R extends Schema,
> extends Omit<ApiEndpoint, "params" | "query" | "body" | "result" | "check" | "handle"> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly result: R;
  readonly check?: (request: ApiRequest<Parsed<P>, Parsed<Q>, Parsed<B>>) => unknown;
  readonly handle: (request: ApiRequest<Parsed<P>, Parsed<Q>, Parsed<B>>) => Promise<Infer<R>>;
}

/** Types the handler's request and result by the endpoint's schemas. */
export function apiEndpoint<
  R extends Schema,
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
>(definition: Definition<P, Q, B, R>): ApiEndpoint {
  return definition as unknown as ApiEndpoint;
}

/** The caller of an endpoint for operators. @throws Fault `missing_key` */
export function operatorOf({ context }: Pick<ApiRequest, "context">): Operator {
  const { operator } = context.var;
  if (operator === undefined) throw new Fault("missing_key");
  return operator;
}

/** What the caller's key may see: all of its account if it manages that, else what it did itself. */
export function seenBy(request: Pick<ApiRequest, "context">): ChargesOf {
  const { accountId, keyId, managesAccount } = callerOf(request);
  return managesAccount ? { accountId } : { accountId, keyId };
}

/** The caller of an endpoint for keys. @throws Fault `missing_key` */
export function callerOf({ context }: Pick<ApiRequest, "context">): Identity {
  const { identity } = context.var;
  if (identity === undefined) throw new Fault("missing_key");
  return identity;
}
