/** Media in requests: data URLs, addresses, and what they say of their type. */
import { toBase64 } from "../core/base64.ts";
import type { Source } from "../operation/chat/conversation.ts";
import { invalid } from "./invalid.ts";

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*?)(;base64)?,/;

/** @param type of data that does not say its own */
export function sourceOfUrl(url: unknown, type: string): Source {
  const text = typeof url === "string" ? url : "";
  const match = DATA_URL.exec(text.slice(0, 300));
  if (match === null) {
    return /^[a-z][\w+.-]*:\/\//i.test(text) ? { kind: "url", url: text } : { kind: "data", type, data: text };
  }
  const [head, named, , isBase64] = match;
  const data = text.slice(head.length);
  const own = named === undefined || named === "" ? type : named;
  return { kind: "data", type: own, data: isBase64 === undefined ? encoded(data) : data };
}

/** How the bytes of pictures begin, in base64. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["UklGR", "image/webp"],
  ["R0lGOD", "image/gif"],
];

/** By its first bytes, whatever anybody says of it. */
export function typeOfPicture(data: string): string | undefined {
  return BEGINNINGS.find(([beginning]) => data.startsWith(beginning))?.[1];
}

/** A picture by its address, as a data URL, or as base64 alone. @param usual the type of what begins like nothing known */
export function sourceOfPicture(url: unknown, usual: string): Source {
  const source = sourceOfUrl(url, usual);
  return source.kind === "data" ? { ...source, type: typeOfPicture(source.data) ?? source.type } : source;
}

/** The data of a URL that is no base64, as base64. What is damaged stays as it is: whoever reads it refuses it. */
function encoded(data: string): string {
  try {
    return toBase64(new TextEncoder().encode(decodeURIComponent(data)));
  } catch {
    return data;
  }
}

export function dataUrl({ type, data }: Extract<Source, { kind: "data" }>): string {
  return `data:${type};base64,${data}`;
}

/** The address of a source, or its data as one; empty for a source of another kind. */
export function urlOf(source: Source): string {
  if (source.kind === "url") return source.url;
  return source.kind === "data" ? dataUrl(source) : "";
}

/** A picture that is only an address, as text that shows it. */
export function shownAs(url: string): string {
  return `![image](${url})`;
}

/** A picture in Markdown that stands in the text itself. */
export const DATA_SHOWN = /!\[[^\]\n]{0,200}\]\((data:image\/[^)\s]+)\)/g;
const SHOWN = /!\[[^\]\n]{0,200}\]\(((?:data:image\/|https?:\/\/)[^)\s]+)\)/g;

/** The addresses of the pictures that a text shows, in Markdown. */
export function picturesShownIn(text: string): readonly string[] {
  return text.includes("](") ? [...text.matchAll(SHOWN)].flatMap(([, url]) => url ?? []) : [];
}

/** What upstreams may be told to fetch. Other schemes may mean something on their own machines. */
const FETCHED = /^(https?|gs):\/\//i;

/** @throws Fault `invalid_parameter` for an address of another kind */
export function checkAddress(url: unknown, param: string): void {
  if (typeof url !== "string" || url.startsWith("data:") || FETCHED.test(url) || !/^[a-z][\w+.-]*:/i.test(url)) return;
  throw invalid(param, "must be a data URL or an http(s) address", "必须是 data URL 或 http(s) 地址");
}
