/**
 * The numbers by which Google's operations name errors, and the HTTP statuses that stand for the same.
 * @see https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
import { FAULTS } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";

/** Of the numbers with the same HTTP status, the first one stands for it. */
const CODES: readonly (readonly [code: number, httpStatus: number])[] = [
  [3, 400],
  [9, 400],
  [11, 400],
  [16, 401],
  [7, 403],
  [5, 404],
  [10, 409],
  [6, 409],
  [8, 429],
  [1, 499],
  [13, 500],
  [2, 500],
  [15, 500],
  [12, 501],
  [14, 503],
  [4, 504],
];

const INTERNAL = 13;
const DEADLINE_EXCEEDED = 4;

/** An operation's error with an HTTP status in the place of its number. A code that is none of the numbers stays. */
export function withHttpStatus(error: JsonObject): JsonObject {
  const known = CODES.find(([code]) => code === error["code"]);
  return known === undefined ? error : { ...error, code: known[1] };
}

/** The number for a code of our own faults, as clients are told it. */
export function rpcCodeOf(code: string): number {
  if (code === "task_expired") return DEADLINE_EXCEEDED;
  const status = Object.entries(FAULTS).find(([name, row]) => row.code === code || name === code)?.[1].status;
  return CODES.find(([, httpStatus]) => httpStatus === status)?.[0] ?? INTERNAL;
}
