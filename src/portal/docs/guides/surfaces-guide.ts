import { h2, list, p, steps, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage } from "../types.ts";

export const SURFACES_GUIDE: DocPage = {
  path: "/docs/surfaces",
  title: text("Surfaces", "接口格式"),
  summary: text(
    "What `/v1` and `/xlei/v1` do differently, and which other formats are spoken.",
    "`/v1` 与 `/xlei/v1` 的区别，以及支持的其他格式。",
  ),
  group: "start",
  changed: "2026-11-28",
  blocks: surfaces,
};

function surfaces({ origin, settings }: Facts): readonly Block[] {
  return [
    p(
      "The same models answer on all surfaces. A surface decides the format, the default of `stream`, and the form of errors.",
      "各路径提供相同的模型；请求与响应的格式、`stream` 的默认值和错误格式由路径决定。",
    ),
    table(
      text("Surfaces", "接口格式"),
      [text("Path", "路径"), text("Format", "格式"), text("For", "适用")],
      [
        ["`/v1`", text("OpenAI", "OpenAI"), text("OpenAI SDKs and most clients", "OpenAI SDK 与多数客户端")],
        [
          "`/xlei/v1`",
          text("OpenAI, with the defaults of Xlei", "OpenAI，采用 Xlei 的默认值"),
          text("clients of Xlei", "Xlei 客户端"),
        ],
        ["`/v1/messages`", "Anthropic", text("Claude Code, Anthropic SDKs", "Claude Code、Anthropic SDK")],
        [
          "`/mj`",
          text("midjourney-proxy", "midjourney-proxy"),
          text("clients of [Midjourney](/docs/api/midjourney)", "[Midjourney](/docs/api/midjourney) 客户端"),
        ],
        ["`/v1beta`", "Google", text("Gemini CLI, Google SDKs", "Gemini CLI、Google SDK")],
        [
          "`/kling/v1`",
          text("Kling", "可灵 Kling"),
          text("clients of [Kling](/docs/api/kling)", "[Kling](/docs/api/kling) 客户端"),
        ],
      ],
    ),
    h2("differences", "/v1 and /xlei/v1", "/v1 与 /xlei/v1 的区别"),
    table(
      text("Differences", "区别"),
      [text("What", "项目"), text("/v1", "/v1"), text("/xlei/v1", "/xlei/v1")],
      [
        [
          text("request without `stream`", "不带 `stream` 的请求"),
          "JSON",
          text("a stream, by the [rule below](#stream)", "按[下方规则](#stream)，默认为流"),
        ],
        [
          text("chat or completion", "对话或补全"),
          text("the path decides", "由路径决定"),
          text("the body decides, see [modes](#modes)", "由请求体决定，见[模式](#modes)"),
        ],
        [
          text("reasoning", "思考内容"),
          "`reasoning_content`",
          text("`reasoning_content` and `reasoning`", "`reasoning_content` 与 `reasoning`"),
        ],
        [text("unknown model", "未知模型"), "404", "400"],
        [
          text("language of errors", "错误语言"),
          text("English, or by `Accept-Language`", "英文，或按 `Accept-Language`"),
          text("Chinese, or by `Accept-Language`", "中文，或按 `Accept-Language`"),
        ],
      ],
    ),
    h2("stream", "When an answer is a stream", "何时返回流"),
    p(
      "On `/v1`: if the body says `true`. On `/xlei/v1` the first rule that applies decides:",
      "`/v1` 上：请求体为 `true` 时。`/xlei/v1` 上按以下顺序，先匹配者生效：",
    ),
    steps(
      text(
        "`stream` in the body is `true` or `false`: as it says. `null` counts as absent.",
        "请求体中的 `stream` 为 `true` 或 `false`：照此执行；`null` 视为未填。",
      ),
      text("The key has a default of its own: as it says.", "密钥设有默认值：按密钥设置。"),
      text("`Accept` lists `text/event-stream`: a stream.", "`Accept` 含 `text/event-stream`：流。"),
      text(
        "`Accept` lists `application/json`: JSON. OpenAI's SDKs send this.",
        "`Accept` 含 `application/json`：JSON。OpenAI SDK 属于此类。",
      ),
      text("The client is Vercel's AI SDK: JSON.", "客户端为 Vercel AI SDK：JSON。"),
      text(
        "All others, such as curl, `requests` and `fetch`: a stream.",
        "其他情况（curl、`requests`、`fetch` 等）：流。",
      ),
    ),
    h2("modes", "Chat or completion", "对话或补全"),
    p("On `/xlei/v1` both paths read the body:", "`/xlei/v1` 的两个路径都按请求体判断："),
    list(
      text("`messages`: chat. `messages` wins over `prompt`.", "有 `messages`：对话。`messages` 优先于 `prompt`。"),
      text("`prompt` alone: completion.", "只有 `prompt`：补全。"),
      text("neither: 400 with the code 1001.", "两者都没有：400，错误码 1001。"),
    ),
    p(
      "For a `prompt`, and on `/completions`, the text stands both in `text` and in `message` or `delta`, so clients of either shape find it.",
      "使用 `prompt` 或 `/completions` 时，文本同时出现在 `text` 与 `message`（或 `delta`）中，两种客户端均可读取。",
    ),
    ...(settings.LEGACY_DEFAULTS
      ? [
          p(
            "This site fills in `max_tokens` and `temperature` on `/xlei/v1` where a request names neither; see the parameters of [Chat Completions](/docs/api/chat-completions).",
            "本站会在 `/xlei/v1` 上为未填写的请求补上 `max_tokens` 与 `temperature`，见[对话补全](/docs/api/chat-completions)的参数。",
          ),
        ]
      : []),
    h2("paths", "Mistyped base URLs", "接口地址写错时"),
    p(
      "These lead to the right place: a missing or doubled `/v1`, doubled and trailing slashes, `/v1beta/openai`. For any other path the answer is 404, and names the path that was likely meant.",
      "以下写法也能用：缺少或重复的 `/v1`、多余的斜杠、`/v1beta/openai`。其他路径返回 404，并提示最接近的路径。",
    ),
    table(
      text("Paths that are corrected", "会被纠正的路径"),
      [text("You write", "写成"), text("You get", "等同于")],
      [
        [`\`${origin}/chat/completions\``, "`/v1/chat/completions`"],
        [`\`${origin}/v1/v1/chat/completions\``, "`/v1/chat/completions`"],
        [`\`${origin}/xlei/chat/completions\``, "`/xlei/v1/chat/completions`"],
        [`\`${origin}/v1beta/openai/chat/completions\``, "`/v1/chat/completions`"],
      ],
    ),
  ];
}
