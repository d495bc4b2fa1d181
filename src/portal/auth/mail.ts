/** Mail is optional: one POST of JSON to `MAIL_URL`. Without it the operator makes links. */
import { log } from "../../core/log.ts";
import type { Services } from "../../services.ts";

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export function hasMail({ settings }: Services): boolean {
  return settings.MAIL_URL !== undefined;
}

/** @throws Error when the mail service does not take the mail */
async function sendMail({ settings, relay }: Services, mail: Mail): Promise<void> {
  const { MAIL_URL: url, MAIL_TOKEN: token, MAIL_FROM: from } = settings;
  if (url === undefined) throw new Error("no mail service");
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

interface ResetLink {
  readonly origin: string;
  readonly email: string;
  readonly token: string;
}

/** Both languages stand in the mail: nobody knows which one its reader has. */
export async function sendResetLink(services: Services, { origin, email, token }: ResetLink): Promise<void> {
  const link = `${origin}/reset/${token}`;
  if (!hasMail(services)) {
    // The link is a secret; it goes to the terminal of a developer alone.
    if (services.settings.DEV_LOG_LINKS) log("info", "reset_link", { link });
    return;
  }
  await sendMail(services, {
    to: email,
    subject: `${services.settings.SITE_NAME}: 重置密码 / reset your password`,
    text: `请在一小时内打开此链接设置新密码：\n${link}\n\nOpen this link within an hour to set a new password:\n${link}\n`,
  });
}
