import type { Text } from "../../core/language.ts";

/** The first lines of `/llms.txt`. */
export const FOR_AGENTS = {
  sentence: {
    en: "An API gateway to many language models. Base URL {origin}/v1, in OpenAI's format; authenticate with the header `X-API-Key` or `Authorization: Bearer`.",
    zh: "多模型 API 网关。接口地址 {origin}/v1（OpenAI 格式），使用 `X-API-Key` 或 `Authorization: Bearer` 请求头鉴权。",
  },
  rules: {
    en: "Use the model `auto` unless the user names one; `GET {origin}/v1/models` lists the names. An answer 402 is final: do not try again, tell the user to top up. After 429 or 503 wait for the seconds of `Retry-After`. Never write a key into source code: read it from an environment variable.",
    zh: "用户未指定模型时请使用 `auto`；`GET {origin}/v1/models` 列出全部名称。返回 402 时不要重试，请提示用户充值；返回 429 或 503 时，等待 `Retry-After` 指定的秒数后再试。不要把密钥写进源代码，请从环境变量读取。",
  },
  openApi: {
    en: "All endpoints as an OpenAPI 3.1 document, for programs that make clients.",
    zh: "以 OpenAPI 3.1 文档描述的全部接口，可用于生成客户端。",
  },
} satisfies Record<string, Text>;
