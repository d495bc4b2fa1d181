import { answerFields, bodyFields, code, h2, list, note, p, parameter, table, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc } from "../types.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import { KEY, KEY_ERRORS } from "./model-fields.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "gpt-realtime";
const MINUTE_MS = 60_000;

const CHARGED = text(
  "The tokens of each answer and of each transcription, as the model’s [price](/pricing) says: one charge for the conversation. Each answer reads the whole conversation again.",
  "按每次回答及每次转写的 token 计费，以模型[价格](/pricing)为准；整个会话只产生一笔账单。每次回答都会重新读取全部对话内容。",
);

function socket({ settings }: Facts): EndpointDoc {
  const idle = settings.REALTIME_IDLE_MS / MINUTE_MS;
  const total = settings.REALTIME_TOTAL_MS / MINUTE_MS;
  return {
    method: "GET",
    path: "/realtime",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Realtime", "实时会话"),
    summary: text("A WebSocket for speech and text, both ways.", "用于语音与文本双向实时会话的 WebSocket。"),
    when: text(
      "Speak with a model as OpenAI’s Realtime API does: send events, hear events. For a single text or sound, use [chat](/docs/api/chat-completions) or [audio](/docs/api/audio).",
      "与 OpenAI Realtime API 相同：双方以事件通信。单次文本或语音请使用[对话](/docs/api/chat-completions)或[音频](/docs/api/audio)接口。",
    ),
    parameters: [
      KEY,
      parameter("query", [
        "model",
        "string",
        "A name of `GET /v1/models`, or `auto`.",
        "`GET /v1/models` 列出的名称，或 `auto`。",
        { default: "auto" },
      ]),
      parameter("query", [
        "intent",
        "string",
        "`transcription`: what is said is written down, and nothing is answered.",
        "`transcription`：只转写语音，不作回答。",
      ]),
    ],
    answer: answerFields(
      ["type", "string", "Of each event: what it tells.", "每个事件的类型。"],
      [
        "response.usage",
        "object",
        "Of the event `response.done`: the tokens of the answer.",
        "`response.done` 事件中本次回答的 token 用量。",
      ],
      [
        "error.code",
        "string",
        "Of the event `error`: what is wrong with a message of yours, or why the conversation ends.",
        "`error` 事件：您发送的消息有何问题，或会话结束的原因。",
      ],
    ),
    samples: [],
    errors: [
      "invalid_parameter",
      "unsupported_feature",
      "model_not_found",
      "model_endpoint_mismatch",
      ...KEY_ERRORS,
      "insufficient_balance",
      "key_quota_exhausted",
      "daily_limit_reached",
      "tier_not_allowed",
      "concurrency_limited",
      "upstream_rate_limited",
      "upstream_error",
      "no_route",
      "upstream_timeout",
    ],
    charged: CHARGED,
    notes: [
      text(
        `A conversation ends after ${total} minutes, or when nobody says anything for ${idle} minutes.`,
        `会话最长 ${total} 分钟；双方均无消息超过 ${idle} 分钟时结束。`,
      ),
      text(
        "Where the balance does not cover one more answer, the event `error` with the code `insufficient_quota` comes, and the socket is closed with 1008.",
        "余额不足以支付下一次回答时，会收到代码为 `insufficient_quota` 的 `error` 事件，随后连接以 1008 关闭。",
      ),
      text(
        "Each `response.create` counts as a request against the limit of your key.",
        "每个 `response.create` 均计入密钥的请求频率。",
      ),
      text(
        "Tools are functions of yours. Stored prompts, tools that run elsewhere and calls over WebRTC or SIP are not offered.",
        "工具仅限由您执行的 function；不支持已存储的 prompt、远程工具以及 WebRTC、SIP 通话。",
      ),
    ],
  };
}

function secrets(facts: Facts): EndpointDoc {
  const { asked: model } = modelOf(facts, "realtime", USUAL);
  const session = { type: "realtime", model, instructions: "Be brief." };
  return {
    method: "POST",
    path: "/realtime/client_secrets",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Client secret", "客户端临时密钥"),
    summary: text("A secret that opens one conversation.", "创建仅可打开一次会话的临时密钥。"),
    when: text(
      "Make one on your server for each conversation of a browser or an app, so that your key stays with you.",
      "由您的服务器为浏览器或应用的每次会话创建，避免泄露您的密钥。",
    ),
    parameters: [
      KEY,
      ...bodyFields(
        [
          "session",
          "object",
          "The session: `type` (`realtime` or `transcription`), `model`, `instructions`, `tools`, `audio`. It is what the conversation begins with.",
          "会话配置：`type`（`realtime` 或 `transcription`）、`model`、`instructions`、`tools`、`audio` 等，会话以此开始。",
        ],
        [
          "expires_after.seconds",
          "integer",
          "For how long it may open the conversation.",
          "可用于打开会话的有效秒数。",
          { default: "600", range: "10–3600" },
        ],
      ),
    ],
    answer: answerFields(
      ["value", "string", "The secret, `ek_…`. It opens one conversation.", "临时密钥 `ek_…`，仅可打开一次会话。"],
      ["expires_at", "integer", "When it ends; Unix seconds.", "到期时间（Unix 秒）。"],
      ["session", "object", "The session as it was asked for.", "请求的会话配置。"],
    ),
    samples: [
      {
        id: "secret",
        name: text("For ten minutes", "有效期十分钟"),
        request: {
          method: "POST",
          path: "/v1/realtime/client_secrets",
          key: "authorization",
          body: { session, expires_after: { anchor: "created_at", seconds: 600 } },
        },
        answer: {
          value: "ek_EXAMPLE",
          expires_at: 1_790_000_600,
          session: { id: "sess_0199f2a1", object: "realtime.session", ...session },
        },
      },
    ],
    errors: [
      "bad_json",
      "invalid_parameter",
      "model_not_found",
      "model_endpoint_mismatch",
      ...KEY_ERRORS,
      "body_too_large",
      "no_route",
    ],
    charged: text("Nothing. The conversation is charged.", "创建不收费，会话按用量计费。"),
    notes: [],
  };
}

function programs(facts: Facts): readonly Block[] {
  const { origin } = facts;
  const { asked: model } = modelOf(facts, "realtime", USUAL);
  const address = `${origin.replace(/^http/, "ws")}/v1/realtime?model=${model}`;
  return [
    h2("programs", "A conversation", "会话示例"),
    code(
      "Python websockets",
      "python",
      `import asyncio
import json
from websockets.asyncio.client import connect


async def main():
    headers = {"Authorization": "Bearer ${SAMPLE_KEY}"}
    async with connect("${address}", additional_headers=headers) as socket:
        session = {"type": "realtime", "output_modalities": ["text"], "instructions": "Be brief."}
        await socket.send(json.dumps({"type": "session.update", "session": session}))
        content = [{"type": "input_text", "text": "Hello!"}]
        item = {"type": "message", "role": "user", "content": content}
        await socket.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await socket.send(json.dumps({"type": "response.create"}))
        async for message in socket:
            event = json.loads(message)
            if event["type"] == "response.output_text.delta":
                print(event["delta"], end="", flush=True)
            if event["type"] in ("response.done", "error"):
                break


asyncio.run(main())
`,
    ),
    code(
      text("OpenAI Node, with the package ws", "OpenAI Node（需安装 ws）"),
      "text",
      `import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });
const realtime = new OpenAIRealtimeWS({ model: "${model}" }, client);

realtime.socket.on("open", () => {
  realtime.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
  realtime.send({ type: "response.create" });
});
realtime.on("response.output_text.delta", (event) => process.stdout.write(event.delta));
realtime.on("response.done", () => realtime.close());
realtime.on("error", (error) => console.error(error.message));
`,
    ),
    h2("browser", "In a browser", "浏览器"),
    p(
      "A browser cannot set headers of a WebSocket. Its key stands among the protocols. Use a client secret there, never your key.",
      "浏览器无法为 WebSocket 设置请求头，密钥放在子协议中。请使用客户端临时密钥，切勿使用您的 API 密钥。",
    ),
    code(
      "JavaScript",
      "text",
      `const socket = new WebSocket("${address}", ["realtime", "openai-insecure-api-key." + clientSecret]);

socket.onopen = () => socket.send(JSON.stringify({ type: "response.create" }));
socket.onmessage = ({ data }) => console.log(JSON.parse(data).type);
`,
    ),
    h2("events", "What passes", "消息转发规则"),
    list(
      text(
        "Events pass as they come. Only the model’s name is the one you know, and members that nobody documents are left out.",
        "事件原样转发，仅模型名称替换为您所用的名称，并去除未公开的字段。",
      ),
      text(
        "A message that cannot pass is answered by the event `error`; the conversation goes on.",
        "无法转发的消息会以 `error` 事件答复，会话继续。",
      ),
      text(
        "Clients of the beta protocol are understood: `OpenAI-Beta: realtime=v1`, the protocol `openai-beta.realtime-v1`, or a `session.update` without `type`.",
        "兼容 beta 协议的客户端：`OpenAI-Beta: realtime=v1`、子协议 `openai-beta.realtime-v1`，或不含 `type` 的 `session.update`。",
      ),
    ),
    table(
      text("How the socket is closed", "关闭代码"),
      [text("Code", "代码"), text("Why", "原因")],
      [
        ["1000", text("One side has closed it, or its time is over.", "一方主动关闭，或会话到时。")],
        ["1008", text("The balance or the key has ended.", "余额不足或密钥失效。")],
        ["1009", text("Messages came faster than they could be paid for.", "消息过多，超出等待上限。")],
        ["1011", text("The upstream has failed.", "上游出错。")],
      ],
    ),
    note(
      "A client secret is used up by its first conversation. Make a new one for the next, also after a lost connection.",
      "临时密钥在首次会话后失效；断线重连同样需要新的临时密钥。",
    ),
  ];
}

export const REALTIME: DocPage = {
  path: "/docs/api/realtime",
  title: text("Realtime", "实时会话 Realtime"),
  summary: text(
    "`GET /v1/realtime`: speech and text over a WebSocket.",
    "`GET /v1/realtime`：基于 WebSocket 的语音与文本实时会话。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  endpoints: (facts) => [socket(facts), secrets(facts)],
  rest: programs,
};
