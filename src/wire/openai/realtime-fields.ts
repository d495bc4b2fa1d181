/** What a client may send in a conversation over OpenAI's realtime protocol, and what happens to it on its way upstream. */
import type { JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { fieldTable, shape, words, type FieldGroup } from "../fields/field-table.ts";

/** The messages that a client may send. @see https://platform.openai.com/docs/api-reference/realtime-client-events */
export const CLIENT_EVENTS: ReadonlySet<unknown> = new Set(
  words(`session.update transcription_session.update input_audio_buffer.append input_audio_buffer.commit
    input_audio_buffer.clear conversation.item.create conversation.item.retrieve conversation.item.truncate
    conversation.item.delete response.create response.cancel output_audio_buffer.clear`),
);

/** Members of a session and of a request for an answer. */
export const REALTIME_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Realtime: `session` and `response`",
    rule: "pass",
    names:
      words(`type object id model output_modalities instructions tools tool_choice parallel_tool_calls audio include
      truncation max_output_tokens reasoning conversation input metadata temperature expires_at`),
  },
  { title: "Names of the person who asks", rule: "account", names: words("user safety_identifier") },
  {
    title: "Storage and state in the upstream's account",
    rule: "drop",
    names: words("prompt tracing"),
  },
];

/** A tool that does not run in the client works with servers of others, for tokens that nobody can foresee. */
const feeOfTool = ({ type = "function" }: JsonObject): Fee | undefined => (type === "function" ? undefined : "calls");

const PART = shape("type text audio image_url transcript");
const ITEM = shape("id type role name arguments call_id", { content: PART, output: PART });

export const REALTIME_FIELDS = fieldTable(REALTIME_GROUPS, {
  input: ITEM,
  tools: shape("type name description parameters strict", {}, { fee: feeOfTool }),
  audio: shape("", {
    input: shape("noise_reduction turn_detection", {
      format: shape("type rate"),
      transcription: shape("model language prompt"),
    }),
    output: shape("voice speed", { format: shape("type rate") }),
  }),
});

/** Members of a client's event. Some servers would take another name for one of these, if it differs in case alone. */
export const EVENT_FIELDS = fieldTable(
  [
    {
      title: "OpenAI, Realtime: events",
      rule: "pass",
      names: words(`type event_id session response item audio previous_item_id item_id response_id content_index
      audio_end_ms`),
    },
  ],
  { item: ITEM },
);
