/** Chat apps, automation and libraries. */
import type { Client, ConfigText } from "./types.ts";

const URL_LABEL = { en: "API proxy URL", zh: "API 代理地址" };
const KEY_LABEL = { en: "API key", zh: "API 密钥" };
const MODEL_LABEL = { en: "Model", zh: "模型" };

const code = (place: string, form: ConfigText["form"], text: ConfigText["text"]): ConfigText => ({ place, form, text });

export const APP_CLIENTS: readonly Client[] = [
  {
    id: "lobechat",
    name: "LobeChat",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [{ en: "Provider", zh: "服务商" }, "OpenAI"],
      [URL_LABEL, `${origin}/v1`],
      [KEY_LABEL, key],
      [MODEL_LABEL, "auto"],
    ],
    texts: [
      code(
        ".env",
        "env",
        ({ origin, key }) => `OPENAI_PROXY_URL=${origin}/v1\nOPENAI_API_KEY=${key}\nOPENAI_MODEL_LIST=+auto\n`,
      ),
    ],
  },
  {
    id: "nextchat",
    name: "NextChat",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      // It adds `/v1/chat/completions` itself.
      [{ en: "Endpoint", zh: "接口地址" }, origin],
      [KEY_LABEL, key],
      [{ en: "Custom model", zh: "自定义模型名" }, "auto"],
    ],
    note: {
      en: "Give the address of your NextChat with a new key, and its page has a link that fills in endpoint and key. The model is set by hand.",
      zh: "新建密钥时填写您的 NextChat 地址，新密钥的页面会提供自动填写接口地址和密钥的链接；模型需手动设置。",
    },
  },
  {
    id: "open-webui",
    name: "Open WebUI",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [{ en: "Connection", zh: "连接" }, "OpenAI"],
      [{ en: "URL", zh: "URL" }, `${origin}/v1`],
      [KEY_LABEL, key],
    ],
    texts: [code(".env", "env", ({ origin, key }) => `OPENAI_API_BASE_URL=${origin}/v1\nOPENAI_API_KEY=${key}\n`)],
  },
  {
    id: "dify",
    name: "Dify",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [{ en: "Provider", zh: "供应商" }, "OpenAI-API-compatible"],
      [{ en: "Model name", zh: "模型名称" }, "auto"],
      [{ en: "API endpoint URL", zh: "API endpoint URL" }, `${origin}/v1`],
      [KEY_LABEL, key],
    ],
  },
  {
    id: "n8n",
    name: "n8n",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [{ en: "Credential", zh: "凭据" }, "OpenAI"],
      [{ en: "Base URL", zh: "Base URL" }, `${origin}/v1`],
      [KEY_LABEL, key],
      [MODEL_LABEL, "auto"],
    ],
  },
  {
    id: "immersive-translate",
    name: "沉浸式翻译 Immersive Translate",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [
        { en: "Custom API address (the whole one)", zh: "自定义 API 接口地址（完整地址）" },
        `${origin}/v1/chat/completions`,
      ],
      [KEY_LABEL, key],
      [MODEL_LABEL, "auto"],
    ],
    note: {
      en: "It sends many requests at once: mind the requests a minute of the key.",
      zh: "会同时发送大量请求，请注意密钥的每分钟请求数。",
    },
  },
  {
    id: "langchain",
    name: "LangChain",
    wire: "openai.chat",
    texts: [
      code(
        "Python",
        "python",
        ({ origin, key }) => `from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="auto", base_url="${origin}/v1", api_key="${key}")
print(model.invoke("Hello!").content)
`,
      ),
      code(
        "JavaScript",
        "javascript",
        ({ origin, key }) => `import { ChatOpenAI } from "@langchain/openai";

const model = new ChatOpenAI({ model: "auto", apiKey: "${key}", configuration: { baseURL: "${origin}/v1" } });
console.log((await model.invoke("Hello!")).content);
`,
      ),
    ],
  },
  {
    id: "llamaindex",
    name: "LlamaIndex",
    wire: "openai.chat",
    texts: [
      code(
        "Python",
        "python",
        ({ origin, key }) => `from llama_index.llms.openai_like import OpenAILike

model = OpenAILike(
    model="auto",
    api_base="${origin}/v1",
    api_key="${key}",
    is_chat_model=True,
    is_function_calling_model=True,
    context_window=128000,
)
print(model.complete("Hello!"))
`,
      ),
    ],
    note: {
      en: "The class OpenAI refuses names that it does not know; OpenAILike takes any. LlamaIndex's packages for JavaScript are not maintained any more.",
      zh: "OpenAI 类会拒绝未知的模型名称，OpenAILike 不受此限制。LlamaIndex 的 JavaScript 包已停止维护。",
    },
  },
  {
    id: "openai-sdk",
    name: "OpenAI SDK",
    wire: "openai.chat",
    texts: [
      code(".env", "env", ({ origin, key }) => `OPENAI_BASE_URL=${origin}/v1\nOPENAI_API_KEY=${key}\n`),
      code(
        "Python",
        "python",
        ({ origin, key }) => `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${key}")
answer = client.chat.completions.create(model="auto", messages=[{"role": "user", "content": "Hello!"}])
print(answer.choices[0].message.content)
`,
      ),
    ],
  },
  {
    id: "anthropic-sdk",
    name: "Anthropic SDK",
    wire: "anthropic.messages",
    texts: [
      code(".env", "env", ({ origin, key }) => `ANTHROPIC_BASE_URL=${origin}\nANTHROPIC_AUTH_TOKEN=${key}\n`),
      code(
        "Python",
        "python",
        ({ origin, key }) => `import anthropic

client = anthropic.Anthropic(base_url="${origin}", api_key="${key}")
message = client.messages.create(
    model="auto", max_tokens=1000, messages=[{"role": "user", "content": "Hello!"}]
)
print(message.content[0].text)
`,
      ),
    ],
  },
  {
    id: "google-genai",
    name: "Google Gen AI SDK",
    wire: "gemini.generate",
    texts: [
      code(
        "Python",
        "python",
        ({ origin, key }) => `from google import genai

client = genai.Client(api_key="${key}", http_options={"base_url": "${origin}"})
print(client.models.generate_content(model="auto", contents="Hello!").text)
`,
      ),
      code(
        "JavaScript",
        "javascript",
        ({ origin, key }) => `import { GoogleGenAI } from "@google/genai";

const ai = new GoogleGenAI({ apiKey: "${key}", httpOptions: { baseUrl: "${origin}" } });
console.log((await ai.models.generateContent({ model: "auto", contents: "Hello!" })).text);
`,
      ),
    ],
  },
];
