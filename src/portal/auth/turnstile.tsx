/**
 * Cloudflare Turnstile: who signs up is no program. Off unless both of its keys are set. It needs a script, and pages with it
 * may load that script and its frame.
 */
import type { FC } from "hono/jsx";
import { isObject } from "../../core/json.ts";
import { log } from "../../core/log.ts";
import type { Services } from "../../services.ts";
import { textOf } from "../form.ts";
import { Notice } from "../parts/frame.tsx";
import { LOCALES } from "../format.ts";
import { SIGN_UP } from "../text/sign-up-text.ts";
import type { Visit } from "../visit.ts";

/** The name that the widget gives its field. */
const FIELD = "cf-turnstile-response";
const LONGEST_TOKEN = 2048;
/** What a token is for. Cloudflare says it back, but for the keys of tests. */
const ACTION = "sign-up";
const PATH = "/turnstile/v0";

/** The origin that pages with the widget may load it from; undefined = Turnstile is off. */
export function turnstileOrigin({ settings }: Pick<Services, "settings">): string | undefined {
  return settings.TURNSTILE_SITE_KEY === undefined ? undefined : new URL(settings.TURNSTILE_URL).origin;
}

/** The widget, for inside a form. Compact: the other sizes are wider than the text column of a 320-pixel screen. */
export const Turnstile: FC<{ visit: Visit }> = ({ visit: { services, say, language, person } }) => {
  const { TURNSTILE_SITE_KEY: siteKey, TURNSTILE_URL: url } = services.settings;
  if (siteKey === undefined) return null;
  return (
    <>
      <div
        class="cf-turnstile"
        data-sitekey={siteKey}
        data-action={ACTION}
        data-size="compact"
        data-theme={person?.colours ?? "auto"}
        data-language={LOCALES[language].toLowerCase()}
      ></div>
      <script src={`${url}${PATH}/api.js`} async defer></script>
      <noscript>
        <Notice kind="warn">{say(SIGN_UP.needsScript)}</Notice>
      </noscript>
    </>
  );
};

/**
 * Whether the form came with a token that Cloudflare vouches for; true where Turnstile is off. A token is good for one form. If
 * Cloudflare does not answer, nobody passes.
 * @see https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
export async function isHuman({ services, context }: Visit, form: FormData): Promise<boolean> {
  const { TURNSTILE_SECRET_KEY: secret, TURNSTILE_URL: url } = services.settings;
  if (secret === undefined) return true;
  const token = textOf(form, FIELD);
  if (token === "" || token.length > LONGEST_TOKEN) return false;
  const address = context.req.header("cf-connecting-ip");
  try {
    const answer = await services.relay.fetch(`${url}${PATH}/siteverify`, {
      method: "POST",
      body: new URLSearchParams({ secret, response: token, ...(address === undefined ? {} : { remoteip: address }) }),
      signal: AbortSignal.timeout(10_000),
    });
    const verdict: unknown = await answer.json();
    if (isObject(verdict) && verdict["success"] === true) return (verdict["action"] ?? ACTION) === ACTION;
    const codes = isObject(verdict) && Array.isArray(verdict["error-codes"]) ? verdict["error-codes"].join(" ") : "";
    // Words about the token are a visitor's; others say that the keys are wrong.
    if (/secret|bad-request|internal-error/.test(codes))
      log("error", "turnstile_failed", { codes: codes.slice(0, 200) });
    return false;
  } catch (error) {
    log("error", "turnstile_failed", { reason: String(error).slice(0, 200) });
    return false;
  }
}
