/** The kinds of fields in our own API. */
import {
  boolean,
  int,
  iso,
  maximum,
  maxLength,
  minimum,
  minLength,
  nullable,
  number,
  optional,
  positive,
  refine,
  regex,
  strictObject,
  string,
  type ZodMiniType,
} from "zod/mini";
import { formatNanos, MAX_NANOS } from "../../core/money.ts";
import type { Text } from "../../core/language.ts";
import type { Schema } from "./api-endpoint.ts";

/** An id that refers to something that exists. */
export const id = () => string().check(minLength(1), maxLength(200));
/** An id that the operator chooses for something new. */
export const newId = () => id().check(regex(/^[\w.:@+-]+$/));
/** A name for people. */
export const label = () => string().check(minLength(1), maxLength(200));
/** A few words of explanation. */
export const note = () => string().check(minLength(1), maxLength(1000));
export const flag = () => boolean();
export const count = () => number().check(int(), minimum(0));
export const positiveCount = () => number().check(int(), positive());
/** Nanos: a whole number, at least 0 and within 2^53. */
export const nanos = () => count();
export const positiveNanos = () => positiveCount();
export const signedNanos = () => number().check(int(), minimum(-MAX_NANOS), maximum(MAX_NANOS));
/** ISO 8601 in UTC; stored as Unix milliseconds. */
export const time = () => iso.datetime();
/** A local day, such as `2026-01-31`. */
export const day = () => iso.date();
export const maybe = <S extends Schema>(schema: S) => optional(nullable(schema));
export const decimal = () => string().check(regex(/^-?\d+(\.\d+)?$/));

export const byId = strictObject({ id: id() });

/** A check of our own. @param text the end of a sentence that begins with the field's name */
export function rule<Value>(holds: (value: Value) => boolean, text: Text) {
  return refine<Value>(holds, { params: { text } });
}

type MoneyFields<Name extends string, Nanos extends ZodMiniType, Decimal extends ZodMiniType> = Record<
  `${Name}_nanos`,
  Nanos
> &
  Record<Name, Decimal>;

/** For each name two fields of an answer: `balance_nanos`, and `balance`, the same amount as a decimal. */
export function money<Name extends string>(...names: readonly Name[]) {
  return moneyFields(names, signedNanos, decimal);
}

/** Amounts that may be null. */
export function maybeMoney<Name extends string>(...names: readonly Name[]) {
  return moneyFields(
    names,
    () => nullable(signedNanos()),
    () => nullable(decimal()),
  );
}

function moneyFields<Name extends string, Nanos extends ZodMiniType, Decimal extends ZodMiniType>(
  names: readonly Name[],
  amount: () => Nanos,
  text: () => Decimal,
): MoneyFields<Name, Nanos, Decimal> {
  return Object.fromEntries(
    names.flatMap((name): [string, ZodMiniType][] => [
      [`${name}_nanos`, amount()],
      [name, text()],
    ]),
  ) as MoneyFields<Name, Nanos, Decimal>;
}

/** Adds to each field `<name>_nanos` a field `<name>`, the same amount as a decimal. */
export function withDecimals<Fields extends object>(fields: Fields) {
  const decimals = Object.entries(fields).flatMap(([name, value]: [string, unknown]) =>
    name.endsWith("_nanos")
      ? [[name.slice(0, -"_nanos".length), typeof value === "number" ? formatNanos(value) : null]]
      : [],
  );
  return { ...fields, ...Object.fromEntries(decimals) } as Fields & DecimalsOf<Fields>;
}

type DecimalsOf<Fields> = {
  [Field in keyof Fields as Field extends `${infer Name}_nanos` ? Name : never]: Fields[Field] extends number
    ? string
    : string | null;
};

export const toIso = (milliseconds: number) => new Date(milliseconds).toISOString();
export const toIsoOrNull = (milliseconds: number | null) => (milliseconds === null ? null : toIso(milliseconds));
