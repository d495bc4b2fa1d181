/**
 * What the operator adds to the list of clients: `IMPORT_TEMPLATES`, an object of names and links. A name of our own list takes its
 * place; an empty link removes it. A link that is not allowed is left out, with a line in the log.
 */
import { isObject } from "../../core/json.ts";
import { log } from "../../core/log.ts";
import { chatboxConfig, cherryConfig } from "./links.ts";
import type { Client, Values } from "./types.ts";

/** Schemes of apps. Links of no other kind may carry a key. */
const SCHEMES = new Set([
  "aionui",
  "ama",
  "ccswitch",
  "chatbox",
  "cherrystudio",
  "cursor",
  "deepchat",
  "jan",
  "lobehub",
  "opencat",
  "raycast",
  "vscode",
  "zed",
]);

const PLACES: ReadonlyMap<string, (values: Values) => string> = new Map(
  Object.entries({
    key: ({ key }: Values) => key,
    origin: ({ origin }: Values) => origin,
    base: ({ origin }: Values) => `${origin}/v1`,
    name: ({ name }: Values) => name,
    model: () => "auto",
    cherryConfig,
    chatboxConfig,
  }),
);
const WITH_KEY = /\{(key|cherryConfig|chatboxConfig)\}/;

/** The list with the operator's changes. @param templates JSON; undefined = none */
export function withTemplates(clients: readonly Client[], templates: string | undefined): readonly Client[] {
  const wanted = readTemplates(templates);
  const kept = clients.filter(({ name }) => !wanted.has(name));
  return [...[...wanted].flatMap(([name, link], at) => (link === "" ? [] : [clientOf(name, link, at)])), ...kept];
}

function clientOf(name: string, template: string, at: number): Client {
  return {
    id: `own-${at + 1}`,
    name,
    wire: "openai.chat",
    link: (values) =>
      template.replaceAll(/\{(\w+)\}/g, (whole, place: string) => {
        const value = PLACES.get(place)?.(values);
        return value === undefined ? whole : encodeURIComponent(value);
      }),
  };
}

let lastRead: { readonly text: string | undefined; readonly links: ReadonlyMap<string, string> } | undefined;

/** Reads a text once in an isolate: its mistakes are one line each in the log. */
function readTemplates(text: string | undefined): ReadonlyMap<string, string> {
  if (lastRead?.text === text && lastRead !== undefined) return lastRead.links;
  const links = new Map<string, string>();
  for (const [name, link] of entriesIn(text)) {
    if (typeof link === "string" && isAllowed(link)) links.set(name.slice(0, 60), link);
    else log("warn", "import_template_wrong", { name: name.slice(0, 60) });
  }
  lastRead = { text, links };
  return links;
}

function entriesIn(text: string | undefined): readonly (readonly [string, unknown])[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return Object.entries(value);
  } catch {
    // Told below, as JSON that is no object.
  }
  log("warn", "import_template_wrong", { name: "IMPORT_TEMPLATES" });
  return [];
}

/** Empty; a link of an app; or a link to a site, without a key. */
function isAllowed(link: string): boolean {
  if (link === "") return true;
  const [, scheme = ""] = /^([a-z][a-z0-9+.-]*):\/\/[^\s"'<>\\]+$/.exec(link) ?? [];
  return SCHEMES.has(scheme) || (scheme === "https" && !WITH_KEY.test(link));
}
