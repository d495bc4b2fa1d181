/**
 * The operator's pages are clients of the operator API: its rights, checks and audit log hold for them, too. A request of
 * a page goes to the gateway itself, in this isolate, vouched for by the session.
 */
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import { Fault, FAULTS, type FaultName } from "../core/fault.ts";
import type { OwnVisit } from "./visit.ts";

/** What the API refused. */
export interface Refusal {
  readonly ok: false;
  readonly status: number;
  readonly message: string;
  /** The field of the body at fault; undefined = none. */
  readonly param: string | undefined;
}

export type Answered = { readonly ok: true; readonly value: JsonObject } | Refusal;

type Method = "GET" | "POST" | "PATCH";

/** @param path below `/admin/api` */
export async function callApi(visit: OwnVisit, method: Method, path: string, body?: JsonObject): Promise<Answered> {
  return ask(visit, { method, path, body, isOnlyChecked: false });
}

/** What the API says of the rights and the body of a call, without doing it. */
export async function checkCall(visit: OwnVisit, method: Method, path: string, body: JsonObject): Promise<Answered> {
  return ask(visit, { method, path, body, isOnlyChecked: true });
}

interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body: JsonObject | undefined;
  readonly isOnlyChecked: boolean;
}

async function ask(visit: OwnVisit, { method, path, body, isOnlyChecked }: Call): Promise<Answered> {
  const { context, origin, language, person, services } = visit;
  const address = context.req.header("cf-connecting-ip");
  const request = new Request(`${origin}/admin/api/${path}`, {
    method,
    headers: {
      "accept-language": language,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(address === undefined ? {} : { "cf-connecting-ip": address }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  services.operators.vouch(request, { name: person.email, role: "owner" }, { isOnlyChecked });
  const answer = await context.env.ask(request);
  const value: unknown = await answer.json();
  if (answer.ok) return { ok: true, value: isObject(value) ? value : {} };
  const error = isObject(value) && isObject(value["error"]) ? value["error"] : {};
  const { message, param } = error;
  return {
    ok: false,
    status: answer.status,
    message: typeof message === "string" ? message : String(answer.status),
    param: typeof param === "string" ? param : undefined,
  };
}

/** What is there. @throws Fault with the API's own words for anything but a success */
export async function readApi(visit: OwnVisit, path: string): Promise<JsonObject> {
  const answer = await callApi(visit, "GET", path);
  if (answer.ok) return answer.value;
  throw refusalFault(answer);
}

/** The rows of a page of a list, and the cursor of the next one. */
export async function listApi(
  visit: OwnVisit,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Promise<{ readonly rows: readonly JsonObject[]; readonly next: string | undefined }> {
  const known = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const value = await readApi(visit, `${path}?${new URLSearchParams(known).toString()}`);
  const next = value["next_cursor"];
  return { rows: objectsOf(value["data"]), next: typeof next === "string" ? next : undefined };
}

/** Every row of a list, for choices and for what is looked up in it. */
export async function allRows(visit: OwnVisit, path: string): Promise<readonly JsonObject[]> {
  const all: JsonObject[] = [];
  let cursor: string | undefined;
  do {
    const { rows, next }: Awaited<ReturnType<typeof listApi>> = await listApi(visit, path, { cursor, limit: "100" });
    all.push(...rows);
    cursor = next;
  } while (cursor !== undefined);
  return all;
}

function refusalFault({ status, message }: Refusal): Fault {
  const kind = (Object.keys(FAULTS) as FaultName[]).find((name) => FAULTS[name].status === status);
  return new Fault(kind ?? "internal_error", { detail: { en: message, zh: message } });
}

/** Values of the API's JSON, for pages. */
export const text = (row: JsonObject, name: string): string => {
  const value = row[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};
export const amountIn = (row: JsonObject, name: string): number => {
  const value = row[`${name}_nanos`];
  return typeof value === "number" ? value : 0;
};
export const numberIn = (row: JsonObject, name: string): number | undefined => {
  const value = row[name];
  return typeof value === "number" ? value : undefined;
};
export const flagIn = (row: JsonObject, name: string): boolean => row[name] === true;
export const timeIn = (row: JsonObject, name: string): number | undefined => {
  const value = row[name];
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
};
export const listIn = (row: JsonObject, name: string): readonly string[] => {
  const value = row[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
};
