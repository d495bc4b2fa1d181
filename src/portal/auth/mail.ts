/** Mail is optional: one POST of JSON to `MAIL_URL`, or Cloudflare's binding `EMAIL`. Without it the operator makes links. */
import { log } from "../../core/log.ts";
import type { Text } from "../../core/language.ts";
import type { Services } from "../../services.ts";
import { MAILS } from "../text/mail-text.ts";
import { saying } from "../visit.ts";

const KINDS = {
  reset: { subject: MAILS.resetSubject, text: MAILS.reset },
  proof: { subject: MAILS.proofSubject, text: MAILS.proof },
  /** For somebody who has an account and signed up again. */
  taken: { subject: MAILS.takenSubject, text: MAILS.taken },
} as const;

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const LANGUAGES = ["zh", "en"] as const;

export function hasMail({ settings, email }: Pick<Services, "settings" | "email">): boolean {
  return settings.MAIL_URL !== undefined || email !== undefined;
}

interface MailOf {
  readonly origin: string;
  readonly to: string;
  /** Where the link in the mail leads: a path here. */
  readonly path: string;
}

/** Sends a mail with a link. A failure is in the log, and nowhere else: it must not say whose address is known here. */
export async function sendLink(
  services: Services,
  kind: keyof typeof KINDS,
  { origin, to, path }: MailOf,
): Promise<void> {
  const values = { origin, link: origin + path };
  if (!hasMail(services)) {
    // The link is a secret; it goes to the terminal of a developer alone.
    if (services.settings.DEV_LOG_LINKS) log("info", `${kind}_link`, { link: values.link });
    return;
  }
  const inBoth = (text: Text, between: string) => LANGUAGES.map((word) => saying(word)(text, values)).join(between);
  const subject = `${services.settings.SITE_NAME}: ${inBoth(KINDS[kind].subject, " / ")}`;
  try {
    await send(services, { to, subject, text: `${inBoth(KINDS[kind].text, "\n\n")}\n` });
  } catch (error) {
    log("error", "mail_failed", { kind, reason: String(error).slice(0, 200) });
  }
}

/**
 * @throws Error when the mail service does not take the mail
 * @see https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
async function send({ settings, email, relay }: Services, mail: Mail): Promise<void> {
  const { MAIL_URL: url, MAIL_TOKEN: token, MAIL_FROM: from } = settings;
  if (url === undefined) {
    await email?.send({ from: from ?? "", ...mail });
    return;
  }
  const answer = await relay.fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ ...(from === undefined ? {} : { from }), ...mail }),
    signal: AbortSignal.timeout(10_000),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the mail service answered ${answer.status}`);
}
