import { code, list, p, text } from "../blocks.ts";
import { sampleModel, type Facts } from "../facts.ts";
import type { Block, DocPage } from "../types.ts";
import { SDK_PROGRAMS } from "./sdk-programs.ts";

export const SDKS_GUIDE: DocPage = {
  path: "/docs/sdks",
  title: text("SDKs", "SDK"),
  summary: text(
    "OpenAI, Anthropic, Google, AI SDK, LangChain: install, base URL, first call, stream, error.",
    "OpenAI、Anthropic、Google、AI SDK、LangChain：安装、接口地址、首次调用、流式与错误处理。",
  ),
  group: "clients",
  changed: "2026-11-27",
  blocks: sdks,
};

const NOTES: Readonly<Record<string, Block>> = {
  "openai-python": p(
    "The library also reads `OPENAI_BASE_URL` and `OPENAI_API_KEY`.",
    "也可使用环境变量 `OPENAI_BASE_URL` 与 `OPENAI_API_KEY`。",
  ),
  "anthropic-python": p(
    "The base URL has no `/v1`: the library adds it. It also reads `ANTHROPIC_BASE_URL` and `ANTHROPIC_AUTH_TOKEN`.",
    "接口地址不含 `/v1`，由 SDK 自动补全。也可使用环境变量 `ANTHROPIC_BASE_URL` 与 `ANTHROPIC_AUTH_TOKEN`。",
  ),
  "langchain-python": p(
    "Older samples import `langchain.chat_models` and call `.predict`; LangChain has removed both. The names `model_name`, `openai_api_base` and `openai_api_key` still work.",
    "旧示例使用 `langchain.chat_models` 与 `.predict`，两者已被 LangChain 移除；参数名 `model_name`、`openai_api_base`、`openai_api_key` 仍可使用。",
  ),
};

function sdks(facts: Facts): readonly Block[] {
  const place = { origin: facts.origin, model: sampleModel(facts) };
  return [
    list(
      text(`OpenAI, AI SDK, LangChain: \`${facts.origin}/v1\``, `OpenAI、AI SDK、LangChain：\`${facts.origin}/v1\``),
      text(`Anthropic, Google: \`${facts.origin}\``, `Anthropic、Google：\`${facts.origin}\``),
    ),
    ...SDK_PROGRAMS.flatMap(({ id, name, form, install, source }): Block[] => {
      const note = NOTES[id];
      return [
        { kind: "heading", level: 2, id, text: name },
        ...(note === undefined ? [] : [note]),
        code(text("Install", "安装"), "sh", install),
        code(text("Call, stream, error", "调用、流式、错误处理"), form, source(place)),
      ];
    }),
  ];
}
