/** Serves completions with a chat model: the prompt becomes one user message. */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { withMembers, type JsonPayload } from "../../core/payload.ts";
import { jsonOf } from "../request-members.ts";
import { unsupported } from "../unsupported.ts";
import { textIn } from "../values.ts";
import type { Adapter } from "./types.ts";

/** @throws Fault `unsupported_feature` for what chat cannot carry */
export const completeOverChat: Adapter = (request) => {
  const payload = jsonOf(request.payload);
  const text = promptOf(payload.value);
  const echo = payload.value["echo"] === true ? new Echo(text) : undefined;
  return {
    payload: chatPayload(payload, text),
    dropped: CHAT_ONLY.filter((field) => Object.hasOwn(payload.value, field)),
    pieces: ({ draft: { value } }) => [{ draft: new JsonDraft(textAnswer(value, echo)) }],
    end: () => [],
  };
};

/** Puts the prompt before the text of each choice, once. */
class Echo {
  readonly text: string;
  readonly #given = new Set<unknown>();

  constructor(text: string) {
    this.text = text;
  }

  before(index: unknown): string {
    if (this.#given.has(index)) return "";
    this.#given.add(index);
    return this.text;
  }
}

/** Fields of completions that chat does not know, or knows in another form. */
const COMPLETION_ONLY = ["prompt", "echo", "suffix", "best_of", "logprobs"] as const;
/** Fields of chat whose answers a completion cannot hold. */
const CHAT_ONLY = ["tools", "tool_choice", "functions", "function_call", "parallel_tool_calls"] as const;

/**
 * The prompt as one text.
 * @throws Fault `unsupported_feature` for several prompts, tokens, `suffix`, and `best_of` above 1
 */
function promptOf({ prompt, suffix, best_of: bestOf }: JsonObject): string {
  const text = Array.isArray(prompt) && prompt.length === 1 ? (prompt[0] as unknown) : prompt;
  if (Array.isArray(text) && text.length > 1 && typeof text[0] === "string") {
    throw unsupported(
      "prompt",
      "several prompts at once are not supported for this model; send one a request",
      "该模型不支持一次提交多个 prompt,请逐个发送",
    );
  }
  if (typeof text !== "string") {
    throw unsupported(
      "prompt",
      "token arrays are not supported for this model; send text",
      "该模型不支持 token 数组,请发送文本",
    );
  }
  if (typeof bestOf === "number" && bestOf > 1) throw unsupported("best_of");
  if (typeof suffix === "string" && suffix !== "") throw unsupported("suffix");
  return text;
}

function chatPayload(payload: JsonPayload, content: string): JsonPayload {
  const { logprobs } = payload.value;
  return withMembers(payload, {
    ...Object.fromEntries([...COMPLETION_ONLY, ...CHAT_ONLY].map((field) => [field, undefined])),
    ...(typeof logprobs === "number" ? { logprobs: true, top_logprobs: logprobs } : {}),
    messages: [{ role: "user", content }],
  });
}

/** A chat chunk as `text_completion`. */
function textAnswer(body: JsonObject, echo: Echo | undefined): JsonObject {
  const choices = objectsOf(body["choices"]).map((choice) => {
    const { delta, logprobs, ...rest } = choice;
    const output = isObject(delta) ? delta : {};
    const text: JsonObject = {
      ...rest,
      text: (echo?.before(choice["index"]) ?? "") + (typeof output["content"] === "string" ? output["content"] : ""),
      logprobs: textLogprobs(logprobs),
    };
    if (typeof output["reasoning_content"] === "string") text["reasoning_content"] = output["reasoning_content"];
    return text;
  });
  return { ...body, object: "text_completion", choices };
}

/** Chat's list of tokens as the four parallel arrays of completions. */
function textLogprobs(logprobs: unknown): JsonObject | null {
  if (!isObject(logprobs) || !Array.isArray(logprobs["content"])) return null;
  const tokens = objectsOf(logprobs["content"]);
  let offset = 0;
  return {
    tokens: tokens.map((token) => token["token"]),
    token_logprobs: tokens.map((token) => token["logprob"]),
    top_logprobs: tokens.map((token) =>
      Object.fromEntries(objectsOf(token["top_logprobs"]).map((top) => [textIn(top["token"]) ?? "", top["logprob"]])),
    ),
    text_offset: tokens.map((token) => {
      const start = offset;
      offset += (textIn(token["token"]) ?? "").length;
      return start;
    }),
  };
}
