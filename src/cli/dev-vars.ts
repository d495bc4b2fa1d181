/** `.dev.vars`: the secrets for local use, made once. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { drawKey } from "../core/api-key.ts";
import { toBase64Url } from "../core/base64.ts";

const MAKERS = {
  CREDENTIALS_KEY: () => toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  /** The demo account's API key; read by `npm run dev`, not by the Worker. */
  DEMO_KEY: drawKey,
  SESSION_SECRET: () => toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  SIGN_UP: () => "open",
  CURRENCY: () => "CNY",
  DEV_LOG_LINKS: () => "true",
  ADMIN_TOKEN: () => toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  ALLOW_PRIVATE_UPSTREAMS: () => "true",
} as const;

type DevVars = Record<keyof typeof MAKERS, string>;

/** The variables in the file; empty when there is no file. */
export function readDevVars(path: string): ReadonlyMap<string, string> {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, name, value] = /^\s*(\w+)\s*=\s*"?([^"]*)"?\s*$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Adds what is missing to the file and leaves the rest as it is. */
export function ensureDevVars(path: string): DevVars {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const present = readDevVars(path);
  const values = Object.entries(MAKERS).map(([name, make]) => [name, present.get(name) ?? make()] as const);
  const added = values.filter(([name]) => !present.has(name)).map(([name, value]) => `${name}="${value}"\n`);
  if (added.length > 0) {
    writeFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${added.join("")}`, { mode: 0o600 });
  }
  return Object.fromEntries(values) as DevVars;
}
