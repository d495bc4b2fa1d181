/** Mails through Cloudflare's binding, as Miniflare stands in for it. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { sendLink } from "../../src/portal/auth/mail.ts";
import { readSettings } from "../../src/settings.ts";
import type { Services } from "../../src/services.ts";

const MAIL = { origin: "https://llm.example.com", to: "ann@example.com", path: "/verify/the-token" };

afterEach(() => vi.restoreAllMocks());

async function sendWith(send: (mail: EmailMessageBuilder) => Promise<unknown>) {
  const sent = vi.fn(send);
  const lines = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const services = { settings: { SITE_NAME: "Relay", MAIL_FROM: "relay@example.com" }, email: { send: sent } };
  await sendLink(services as unknown as Services, "proof", MAIL);
  return { sent: sent.mock.calls, lines: JSON.stringify(lines.mock.calls) };
}

it("takes a mail in both languages, from the operator's address", async () => {
  const { TEST_EMAIL: binding } = env as unknown as { TEST_EMAIL: SendEmail };
  const { sent, lines } = await sendWith(async (mail) => binding.send(mail));
  expect(sent).toEqual([
    [
      {
        from: "relay@example.com",
        to: "ann@example.com",
        subject: "Relay: 验证邮箱 / confirm your address",
        text: expect.stringMatching(/^有人(.|\n)*Somebody gave this address(.|\n)*\/verify\/the-token\n/),
      },
    ],
  ]);
  expect(lines).not.toContain("mail_failed");
});

it("that refuses a mail fails in the log alone, which does not have the link", async () => {
  const { lines } = await sendWith(async () => Promise.reject(new Error("E_SENDER_NOT_VERIFIED")));
  expect(lines).toMatch(/mail_failed.*E_SENDER_NOT_VERIFIED/);
  expect(lines).not.toContain("the-token");
});

it("needs a sender", () => {
  const bound = { ...env, EMAIL: {} } as unknown as Parameters<typeof readSettings>[0];
  expect(readSettings(bound)).toEqual({ problems: ["MAIL_FROM"] });
  expect(readSettings({ ...bound, MAIL_FROM: "relay@example.com" })).toHaveProperty("settings");
});
