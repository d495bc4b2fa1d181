import type { Visit } from "../visit.ts";

/** Gives the browser the cookies of an answer of the library. */
export function passCookies({ context }: Visit, { headers }: Response): void {
  for (const cookie of headers.getSetCookie()) context.header("set-cookie", cookie, { append: true });
}
