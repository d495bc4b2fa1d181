/** Endpoints of conversations that the gateway keeps. */
import type { JsonObject } from "../../../core/json.ts";
import type { FaultName } from "../../../core/fault.ts";
import { parameter, text } from "../blocks.ts";
import type { EndpointDoc, Parameter, Sample, SampleRequest } from "../types.ts";
import { ITEM_PAGE, KEPT, KEPT_ID } from "./kept-samples.ts";
import { CONVERSATION_ID, ITEM_ID } from "./sample-ids.ts";
import { KEY } from "./model-fields.ts";

const PATH = `/v1/conversations/${CONVERSATION_ID}`;
const ITEM = { type: "message", id: ITEM_ID, role: "user", content: "Hello!" };
const CONVERSATION = {
  id: CONVERSATION_ID,
  object: "conversation",
  created_at: 1764230400,
  metadata: { topic: "greetings" },
};
const ITEMS = { object: "list", data: [ITEM], first_id: ITEM_ID, last_id: ITEM_ID, has_more: false };

const METADATA: Parameter = parameter("body", [
  "metadata",
  "object",
  "Your own notes: short texts by name.",
  "自定义标记：名称与短文本。",
]);
const ITEM_PLACE: Parameter = parameter("path", [
  "item",
  "string",
  "The id of the item.",
  "条目的 id。",
  { required: "yes" },
]);
const ITEMS_FIELD: Parameter = parameter("body", [
  "items",
  "object[]",
  "What is said, in the form of `input`.",
  "对话条目，格式同 `input`。",
]);
const WRITES: readonly FaultName[] = ["bad_json", "invalid_parameter", "not_implemented"];

function sample(request: Pick<SampleRequest, "method" | "path" | "body">, answer: JsonObject): readonly Sample[] {
  return [{ id: "first", name: text("A call", "调用"), request: { key: "authorization", ...request }, answer }];
}

export const CONVERSATION_ENDPOINTS: readonly EndpointDoc[] = [
  {
    ...KEPT,
    method: "POST",
    path: "/conversations",
    title: text("Create a conversation", "创建会话"),
    summary: text(
      "Makes a conversation, which responses go on with by `conversation`.",
      "创建会话，响应可通过 `conversation` 接续。",
    ),
    when: text("When many responses belong together.", "多个响应属于同一会话时使用。"),
    parameters: [KEY, ITEMS_FIELD, METADATA],
    answer: [],
    samples: sample(
      { method: "POST", path: "/v1/conversations", body: { metadata: CONVERSATION.metadata, items: [ITEM] } },
      CONVERSATION,
    ),
    errors: [...KEPT.errors, ...WRITES],
  },
  {
    ...KEPT,
    method: "GET",
    path: "/conversations/{id}",
    title: text("Read a conversation", "读取会话"),
    summary: text("Returns when it was made, and its notes.", "返回创建时间与标记。"),
    when: text("Its items have a path of their own.", "条目通过单独的路径读取。"),
    parameters: [KEY, KEPT_ID],
    answer: [],
    samples: sample({ method: "GET", path: PATH }, CONVERSATION),
  },
  {
    ...KEPT,
    method: "POST",
    path: "/conversations/{id}",
    title: text("Change a conversation", "修改会话"),
    summary: text("Replaces its notes.", "替换其标记。"),
    when: text("To name a conversation later.", "用于之后为会话命名。"),
    parameters: [KEY, KEPT_ID, { ...METADATA, required: "yes" }],
    answer: [],
    samples: sample({ method: "POST", path: PATH, body: { metadata: CONVERSATION.metadata } }, CONVERSATION),
    errors: [...KEPT.errors, ...WRITES],
  },
  {
    ...KEPT,
    method: "DELETE",
    path: "/conversations/{id}",
    title: text("Delete a conversation", "删除会话"),
    summary: text("Forgets the conversation.", "删除会话。"),
    when: text("Responses that it brought are kept until their time.", "其中的响应仍保存至到期。"),
    parameters: [KEY, KEPT_ID],
    answer: [],
    samples: sample(
      { method: "DELETE", path: PATH },
      { id: CONVERSATION_ID, object: "conversation.deleted", deleted: true },
    ),
  },
  {
    ...KEPT,
    method: "GET",
    path: "/conversations/{id}/items",
    title: text("List the items", "列出条目"),
    summary: text("Lists all that was said.", "列出全部内容。"),
    when: text("The latest first; `order=asc` turns this around.", "默认最新在前，`order=asc` 则相反。"),
    parameters: [KEY, KEPT_ID, ...ITEM_PAGE],
    answer: [],
    samples: sample({ method: "GET", path: `${PATH}/items` }, ITEMS),
  },
  {
    ...KEPT,
    method: "POST",
    path: "/conversations/{id}/items",
    title: text("Add items", "追加条目"),
    summary: text("Adds to the conversation without asking a model.", "追加内容，不请求模型。"),
    when: text("To bring along what was said elsewhere.", "用于导入其他地方的对话。"),
    parameters: [KEY, KEPT_ID, { ...ITEMS_FIELD, required: "yes" }],
    answer: [],
    samples: sample({ method: "POST", path: `${PATH}/items`, body: { items: [ITEM] } }, ITEMS),
    errors: [...KEPT.errors, ...WRITES],
  },
  {
    ...KEPT,
    method: "GET",
    path: "/conversations/{id}/items/{item}",
    title: text("Read an item", "读取条目"),
    summary: text("Returns one item.", "返回单个条目。"),
    when: text("When only its id is known.", "仅知道 id 时使用。"),
    parameters: [KEY, KEPT_ID, ITEM_PLACE],
    answer: [],
    samples: sample({ method: "GET", path: `${PATH}/items/${ITEM_ID}` }, ITEM),
  },
  {
    ...KEPT,
    method: "DELETE",
    path: "/conversations/{id}/items/{item}",
    title: text("Remove an item", "移除条目"),
    summary: text("The conversation goes on without the item.", "会话不再包含该条目。"),
    when: text("To take back what should not be said again.", "用于撤回不再需要的内容。"),
    parameters: [KEY, KEPT_ID, ITEM_PLACE],
    answer: [],
    samples: sample({ method: "DELETE", path: `${PATH}/items/${ITEM_ID}` }, CONVERSATION),
  },
];
