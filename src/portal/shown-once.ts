/**
 * A secret that one page shows one time. Between the form and that page it waits in the browser, sealed for this person and this
 * page, for two minutes. Nothing here keeps it.
 */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { OwnVisit } from "./visit.ts";

const COOKIE = "new-key";
const COOKIE_S = 120;

/** @param path the page that may show it */
export async function hideSecret(visit: OwnVisit, path: string, secret: string): Promise<void> {
  const { services, context, origin } = visit;
  setCookie(context, COOKIE, await services.sealer.seal(secret, purposeOf(visit, path)), {
    path,
    httpOnly: true,
    sameSite: "Strict",
    secure: origin.startsWith("https:"),
    maxAge: COOKIE_S,
  });
}

/** The secret of this page, once; undefined = there is none, or it was shown. */
export async function takeSecret(visit: OwnVisit): Promise<string | undefined> {
  const { services, context } = visit;
  const { path } = context.req;
  const sealed = getCookie(context, COOKIE);
  deleteCookie(context, COOKIE, { path });
  if (sealed === undefined) return undefined;
  return services.sealer.open(sealed, purposeOf(visit, path)).catch(() => undefined);
}

function purposeOf({ origin, person }: OwnVisit, path: string) {
  return { id: `new-key ${person.id} ${path}`, origin };
}
