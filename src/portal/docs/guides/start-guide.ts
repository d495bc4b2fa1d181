import type { Text } from "../../../core/language.ts";
import { addresses, code, h2, p, steps, text } from "../blocks.ts";
import { sampleModel, type Facts } from "../facts.ts";
import { snippetOf } from "../snippets/snippet.ts";
import { GROUPS, type Block, type DocPage } from "../types.ts";

/** @param pages those of the map */
export function startPage(pages: readonly DocPage[]): DocPage {
  return {
    path: "/docs",
    title: text("Documentation", "文档"),
    summary: text(
      "The steps to the first answer, base URLs, and a map of these pages.",
      "快速开始、接口地址与文档目录。",
    ),
    group: "start",
    changed: "2026-11-27",
    blocks: (facts) => [...start(facts), ...mapOf(pages)],
  };
}

function mapOf(pages: readonly DocPage[]): readonly Block[] {
  const listed = pages.filter(({ parent }) => parent === undefined);
  return [...Map.groupBy(listed, ({ group }) => group)].flatMap(([group, members]): Block[] => [
    { kind: "heading", level: 2, id: `map-${group}`, text: GROUPS[group] },
    { kind: "links", links: members.map(({ path, title, summary }) => ({ path, title, note: summary })) },
  ]);
}

/** How people come to an account here. */
function accountSteps({ signUp, provesAddresses }: Facts): readonly Text[] {
  if (signUp === "closed")
    return [
      text("Ask the operator for an account, and [sign in](/sign-in).", "向站点运营者申请账户并[登录](/sign-in)。"),
    ];
  return [
    signUp === "invite"
      ? text(
          "[Make an account](/sign-up) with an invitation of the operator.",
          "使用运营者提供的邀请码[注册账户](/sign-up)。",
        )
      : text("[Make an account](/sign-up).", "[注册账户](/sign-up)。"),
    ...(provesAddresses
      ? [text("Open the link in the mail that you get.", "打开收到的邮件中的链接，完成邮箱验证。")]
      : []),
  ];
}

function start(facts: Facts): readonly Block[] {
  const { origin } = facts;
  const request = {
    method: "POST",
    path: "/v1/chat/completions",
    key: "authorization",
    body: { model: sampleModel(facts), messages: [{ role: "user", content: "Hello!" }] },
  } as const;
  return [
    h2("steps", "The first call, step by step", "快速开始"),
    steps(
      ...accountSteps(facts),
      text("[Make a key](/app/keys/new). It is shown once.", "[创建密钥](/app/keys/new)，密钥只显示一次。"),
      text("Call the gateway, or [connect a client](/docs/clients).", "调用接口，或[接入客户端](/docs/clients)。"),
    ),
    code(text("The first call", "第一次调用"), "sh", snippetOf("shell", request, origin).text),
    h2("base-urls", "Base URLs", "接口地址"),
    addresses(
      { label: text("OpenAI SDKs and most clients", "OpenAI SDK 与多数客户端"), url: `${origin}/v1` },
      { label: text("Clients of Xlei", "Xlei 客户端"), url: `${origin}/xlei/v1` },
      {
        label: text("Anthropic and Google SDKs, which add their own path", "Anthropic、Google SDK（会自行补全路径）"),
        url: origin,
      },
    ),
    h2("agents", "With an agent", "使用智能体"),
    p(
      "Ask your coding agent to read [llms.txt](/llms.txt): it lists these pages as Markdown. Every page has a twin at its address with `.md`. [openapi.json](/openapi.json) describes all endpoints for programs that make clients.",
      "让编程智能体阅读 [llms.txt](/llms.txt)，其中列出全部 Markdown 页面；每个页面地址加 `.md` 即为其 Markdown 版本。[openapi.json](/openapi.json) 以 OpenAPI 格式描述全部接口，可用于生成客户端。",
    ),
  ];
}
