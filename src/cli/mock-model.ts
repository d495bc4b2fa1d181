/**
 * The local LLM behind `npm run dev` and the client tests: a server that answers any chat as a vendor's would. It echoes
 * the last message, calls a tool when the message asks for one, and fills JSON schemas. A model whose name contains "reasoner"
 * also sends reasoning. Run as a program, it listens on a free port of 127.0.0.1, sends `{url}` to its parent, and ends
 * with its parent.
 */
import { LLMock, type ChatCompletionRequest, type ChatMessage, type ContentPart } from "@copilotkit/aimock";
import { mockEmbeddings } from "./mock-embeddings.ts";
import { mockEndpoint } from "./mock-endpoint.ts";
import { mockModerations } from "./mock-moderations.ts";
import { mockPicture } from "./mock-picture.ts";
import { mockRerank } from "./mock-rerank.ts";
import { mockSound } from "./mock-sound.ts";
import { mockVideos } from "./mock-videos.ts";
import { sampleOf } from "./schema-sample.ts";

interface Pace {
  readonly latencyMs: number;
  /** How long a film takes to be made. */
  readonly filmMs?: number;
}

export async function startMockLlm({ latencyMs, filmMs = 0 }: Pace): Promise<LLMock> {
  const mock = new LLMock({
    port: 0,
    host: "127.0.0.1",
    latency: latencyMs,
    chunkSize: 12,
    logLevel: "silent",
    journalMaxEntries: 100,
  });
  mock
    .onImage(/./, { image: { b64Json: mockPicture() } })
    .onSpeech(/./, { audio: mockSound(), format: "wav" })
    .onTranscription(TRANSCRIPT)
    .onTranslation(TRANSCRIPT)
    .mount("/v1/embeddings", mockEndpoint(mockEmbeddings))
    .mount("/v1/rerank", mockEndpoint(mockRerank))
    .mount("/v1/moderations", mockEndpoint(mockModerations))
    .mount("/v1/videos", mockVideos(filmMs))
    .on({ predicate: () => true }, respond);
  await mock.start();
  return mock;
}

const TRANSCRIPT = {
  transcription: { text: "This is what the local mock model hears in every recording.", language: "english" },
};

function respond(request: ChatCompletionRequest) {
  const last = request.messages.at(-1);
  const thinking = request.model.includes("reasoner")
    ? { reasoning: "The user wants an answer. I am a mock; I repeat what I read." }
    : {};
  if (last?.role === "tool") return { content: `The tool answered: ${textOf(last)}`, ...thinking };
  const tool = toolToCall(request);
  if (tool !== undefined) {
    return {
      toolCalls: [{ name: tool.function.name, arguments: JSON.stringify(sampleOf(tool.function.parameters ?? {})) }],
      ...thinking,
    };
  }
  const { response_format: format } = request;
  if (format?.type === "json_schema") return { content: JSON.stringify(sampleOf(schemaOf(format))), ...thinking };
  if (format?.type === "json_object") return { content: JSON.stringify({ answer: textOf(last) }), ...thinking };
  return {
    content: `You said: "${textOf(last)}". This answer comes from the local mock model, word by word.`,
    ...thinking,
  };
}

/** Forced by the request, or asked for in the last words: by a word of the tool's name, or as "a tool". */
function toolToCall({ tools = [], tool_choice: choice, messages }: ChatCompletionRequest) {
  const [first] = tools;
  if (choice === "none") return undefined;
  if (choice === "required") return first;
  const forced = (choice as { function?: { name: string } } | undefined)?.function?.name;
  if (forced !== undefined) return tools.find((tool) => tool.function.name === forced);
  const said = wordsOf(lastTextOf(messages.at(-1)));
  const named = tools.find((tool) =>
    wordsOf(tool.function.name).some((word) => word.length > 4 && said.includes(word)),
  );
  return named ?? (said.some((word) => /^tools?$|工具/.test(word)) ? first : undefined);
}

/** Agents put their own reminders before what the user wrote. */
function lastTextOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? "";
  if (typeof content === "string") return content;
  return content.findLast((part: ContentPart) => part.text !== undefined)?.text ?? "";
}

/** `getCurrentWeather` and `get_current_weather` are the same words. */
function wordsOf(text: string): string[] {
  return text
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u);
}

function schemaOf(format: Record<string, unknown>): object {
  const schema = (format["json_schema"] as { schema?: object } | undefined)?.schema;
  return schema ?? {};
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part: ContentPart) => part.text ?? `[${part.type}]`).join(" ");
}

if (process.send !== undefined && import.meta.main) {
  const mock = await startMockLlm({ latencyMs: 25, filmMs: 8000 });
  process.send({ url: mock.url });
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => undefined);
}
