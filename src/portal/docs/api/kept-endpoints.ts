/** Endpoints of responses that the gateway has kept. */
import { answerFields, bodyFields, text } from "../blocks.ts";
import { sampleModel, type Facts } from "../facts.ts";
import type { EndpointDoc } from "../types.ts";
import { answered, ITEM_PAGE, KEPT, KEPT_ID } from "./kept-samples.ts";
import { RESPONSE_ID } from "./sample-ids.ts";
import { KEY, KEY_ERRORS } from "./model-fields.ts";

export function keptResponses(facts: Facts): readonly EndpointDoc[] {
  const path = `/v1/responses/${RESPONSE_ID}`;
  return [
    {
      ...KEPT,
      method: "POST",
      path: "/responses/input_tokens",
      title: text("Count the input", "统计输入"),
      summary: text("Tells how long a prompt is, by the gateway's own count.", "按网关自己的统计返回输入长度。"),
      when: text("Before a long request. It takes the same body.", "发送长请求之前使用，请求体相同。"),
      parameters: [KEY, ...bodyFields(["input", "string | object[]", "As above.", "同上。", { required: "yes" }])],
      answer: answerFields(["input_tokens", "integer", "The length of the prompt.", "输入长度。"]),
      samples: [
        {
          id: "first",
          name: text("A count", "统计"),
          request: {
            method: "POST",
            path: "/v1/responses/input_tokens",
            key: "authorization",
            body: { model: sampleModel(facts), input: "Hello!" },
            sdkCall: "responses.input_tokens.count",
          },
          answer: { object: "response.input_tokens", input_tokens: 2 },
        },
      ],
      errors: ["bad_json", "invalid_parameter", ...KEY_ERRORS],
    },
    {
      ...KEPT,
      method: "GET",
      path: "/responses/{id}",
      title: text("Read a response", "读取响应"),
      summary: text("Returns a response that was kept.", "返回已保存的响应。"),
      when: text("Only keys of the same account can.", "仅限同一账户的密钥。"),
      parameters: [KEY, KEPT_ID],
      answer: [],
      samples: [
        {
          id: "first",
          name: text("Read", "读取"),
          request: { method: "GET", path, key: "authorization" },
          answer: answered(facts, "Hi"),
        },
      ],
    },
    {
      ...KEPT,
      method: "DELETE",
      path: "/responses/{id}",
      title: text("Delete a response", "删除响应"),
      summary: text("Forgets a response that was kept.", "删除已保存的响应。"),
      when: text("Later responses no longer find it.", "后续响应将无法接续。"),
      parameters: [KEY, KEPT_ID],
      answer: [],
      samples: [
        {
          id: "first",
          name: text("Delete", "删除"),
          request: { method: "DELETE", path, key: "authorization" },
          answer: { id: RESPONSE_ID, object: "response", deleted: true },
        },
      ],
    },
    {
      ...KEPT,
      method: "GET",
      path: "/responses/{id}/input_items",
      title: text("List the input", "列出输入"),
      summary: text("Lists what the model was given.", "列出交给模型的内容。"),
      when: text("The latest first; `order=asc` turns this around.", "默认最新在前，`order=asc` 则相反。"),
      parameters: [KEY, KEPT_ID, ...ITEM_PAGE],
      answer: [],
      samples: [
        {
          id: "first",
          name: text("List", "列出"),
          request: { method: "GET", path: `${path}/input_items`, key: "authorization" },
          answer: {
            object: "list",
            data: [
              {
                type: "message",
                id: "msg_0199f2a0",
                role: "user",
                content: [{ type: "input_text", text: "Hello!" }],
              },
            ],
            first_id: "msg_0199f2a0",
            last_id: "msg_0199f2a0",
            has_more: false,
          },
        },
      ],
    },
    {
      ...KEPT,
      method: "POST",
      path: "/responses/{id}/cancel",
      title: text("Cancel a response", "取消响应"),
      summary: text("Is refused: no response runs in the background.", "会被拒绝：没有后台运行的响应。"),
      when: text("To stop a response, close the connection.", "需要停止时，请关闭连接。"),
      parameters: [KEY, KEPT_ID],
      answer: [],
      samples: [],
      errors: [...KEY_ERRORS, "resource_not_found", "invalid_parameter"],
    },
  ];
}
