import { AUTO_CHEAP, AUTO_FAST } from "../../../routing/plan.ts";
import type { Why } from "../../../routing/plan-types.ts";
import type { Text } from "../../../core/language.ts";
import { MAX_FALLBACKS } from "../../../wire/request-members.ts";
import { SORTS } from "../../../operation/preferences.ts";
import { code, h2, list, p, table, text } from "../blocks.ts";
import { modelsFor, sampleModel, type Facts } from "../facts.ts";
import type { Block, DocPage } from "../types.ts";

export const AUTO_GUIDE: DocPage = {
  path: "/docs/auto",
  title: text("Choosing a model", "模型选择"),
  summary: text(
    "`auto`, fallbacks, sessions, what fails over, and the headers that tell what happened.",
    "`auto`、备选模型、会话、故障切换，以及说明处理过程的响应头。",
  ),
  group: "start",
  changed: "2026-11-27",
  blocks: auto,
};

const REASONS: Readonly<Record<Why, Text>> = {
  only: text("nothing else could serve", "只有它能服务"),
  drawn: text("drawn by weight", "按权重抽取"),
  faster: text("the better of two that were drawn", "两次抽取中更快的一个"),
  fastest: text("the fastest, as the request asked", "按请求要求选择最快的"),
  native: text("it speaks the format of the request", "与请求格式相同，无需转换"),
  session: text("earlier requests of this session went there", "同一会话之前使用它"),
  explored: text("its speed was not measured lately", "近期未测速，顺便测量"),
  trial: text("it failed before, and is tried again", "曾经故障，正在试探恢复"),
  next: text("the one before failed or was late", "前一个失败或过慢"),
};

function auto(facts: Facts): readonly Block[] {
  const model = sampleModel(facts);
  const [first = model, second = model] = modelsFor(facts);
  return [
    table(
      text("What you send", "请求与结果"),
      [text("You send", "请求"), text("The gateway uses", "网关使用")],
      [
        [
          text("`auto`, or no model", "`auto`，或不填模型"),
          text(
            "a model that the operator offers for `auto`, by weight and by how its upstreams do",
            "运营者为 `auto` 开放的模型，按权重和上游状况选择",
          ),
        ],
        [`\`${AUTO_FAST}\``, text("the fastest of them at the moment", "其中当前最快的")],
        [`\`${AUTO_CHEAP}\``, text("the cheapest of them that can serve this request", "其中能服务该请求且最便宜的")],
        [text("a name", "模型名称"), text("this model", "该模型")],
        ["`models`", text("the first that can serve; see below", "第一个能服务的模型，见下文")],
      ],
    ),
    p("The field `model` of the answer names the model that served.", "响应中的 `model` 是实际服务的模型。"),
    ...(facts.settings.REQUIRE_MODEL
      ? [
          p(
            "This site demands a `model`; send `auto` if any will do. Only chats and completions on `/xlei/v1` may leave it out.",
            "本站要求填写 `model`，不限模型时请填 `auto`；仅 `/xlei/v1` 的对话与补全可以不填。",
          ),
        ]
      : []),
    h2("fallbacks", "Fallbacks", "备选模型"),
    p(
      `\`model\` comes first, then the names of \`models\`, at most ${MAX_FALLBACKS} more. Each may be \`auto\`.`,
      `先使用 \`model\`，再依次使用 \`models\` 中的名称，最多 ${MAX_FALLBACKS} 个备选，也可以填 \`auto\`。`,
    ),
    code(
      text("Body", "请求体"),
      "json",
      JSON.stringify({ models: [first, second], messages: [{ role: "user", content: "Hello!" }] }, undefined, 2),
    ),
    h2("sessions", "Sessions", "会话"),
    p(
      "`prompt_cache_key` in the body, or the header `x-session-id`, names a session. Its requests go to the same upstream while it works well, so that its prompt cache makes them cheaper.",
      "请求体中的 `prompt_cache_key` 或请求头 `x-session-id` 用于标识会话。同一会话会尽量使用同一上游，以便命中提示词缓存、降低费用。",
    ),
    h2("provider", "Choosing upstreams", "选择上游"),
    p(
      "`provider` takes the fields that OpenRouter uses. Upstreams go by the labels that the operator has given them.",
      "`provider` 采用 OpenRouter 的字段，上游名称为运营者设置的标签。",
    ),
    table(
      text("provider", "provider"),
      [text("Field", "字段"), text("Meaning", "含义")],
      [
        ["`order`", text("these first, in this order", "按此顺序优先使用")],
        ["`allow_fallbacks`", text("with `false`: no others", "为 `false` 时不使用其他上游")],
        ["`only`", text("these alone", "只使用这些")],
        ["`ignore`", text("not these", "不使用这些")],
        ["`sort`", text(`the best first: ${codes(SORTS)}`, `按此排序：${codes(SORTS, "、")}`)],
        [
          "`max_price`",
          text(
            "`prompt` and `completion`: the most that a million tokens may cost",
            "`prompt` 与 `completion`：每百万 token 的最高价格",
          ),
        ],
      ],
    ),
    h2("failover", "What fails over", "故障切换"),
    list(
      text(
        "Another upstream is asked if one cannot be reached, answers with an error or with nothing, or is late; and, once, if it refuses the request.",
        "上游无法连接、返回错误或空内容、超时，或拒绝请求（仅一次）时，会换用其他上游。",
      ),
      text(
        "A slow upstream gets a rival, and the first answer counts. You pay once.",
        "上游过慢时会并行请求另一个，取先返回者，只收费一次。",
      ),
      text(
        "Nothing is repeated once the first byte has left: a broken stream ends with one error event.",
        "首字节发出后不再切换：中断的流以一个错误事件结束。",
      ),
      text(
        "A refusal of your own request, such as a wrong field, is yours to correct.",
        "请求本身有误（如字段错误）时不会切换，需要您修正。",
      ),
    ),
    h2("headers", "Headers of an answer", "响应头"),
    table(
      text("Headers", "响应头"),
      [text("Header", "响应头"), text("Meaning", "含义")],
      [
        ["`x-request-id`", text("the request; tell it to the operator", "请求编号，反馈问题时请提供")],
        ["`x-gateway-model`", text("the model that served", "实际服务的模型")],
        ["`x-gateway-attempts`", text("how many upstreams were asked", "尝试的上游数")],
        ["`x-gateway-reason`", text("why this one served; see below", "选择原因，见下表")],
        [
          "`x-gateway-warnings`",
          text(
            "`dropped=NAME`: a field was left out; `output_capped=N`: the balance allows N tokens",
            "`dropped=NAME`：忽略了某字段；`output_capped=N`：余额只够输出 N 个 token",
          ),
        ],
        ["`server-timing`", text("where the time went", "各步骤耗时")],
      ],
    ),
    h2("reasons", "Reasons", "选择原因"),
    table(
      text("Reasons", "选择原因"),
      [text("Reason", "原因"), text("Meaning", "含义")],
      Object.entries(REASONS).map(([reason, meaning]) => [`\`${reason}\``, meaning]),
    ),
    p("Of a request that failed, the reason is the name of the failure.", "请求失败时，该响应头为失败的名称。"),
  ];
}

function codes(words: Iterable<string>, between = ", "): string {
  return [...words].map((word) => `\`${word}\``).join(between);
}
