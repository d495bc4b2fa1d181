/** A sample's request as code, in the language that the reader has chosen. */
import type { CodeForm, SampleRequest } from "../types.ts";
import { CODE_LANGUAGES, type CodeLanguage } from "./code-languages.ts";
import { harOf } from "./har.ts";
import { openaiNode, openaiPython } from "./sdk-calls.ts";

type LanguageId = keyof typeof CODE_LANGUAGES;

interface Sdk {
  readonly name: string;
  readonly form: CodeForm;
  readonly write: (call: string, request: SampleRequest, origin: string) => string;
  /** The language in which to show what the library has no call for. */
  readonly plain: LanguageId;
}

const SDKS = {
  "openai-python": { name: "OpenAI Python", form: "python", write: openaiPython, plain: "python" },
  "openai-node": { name: "OpenAI Node", form: "js", write: openaiNode, plain: "javascript" },
} as const satisfies Record<string, Sdk>;

export type SnippetLanguage = LanguageId | keyof typeof SDKS;

/** Every language with its name, in the order in which they are offered. */
export const SNIPPET_LANGUAGES: readonly (readonly [SnippetLanguage, string])[] = [
  ...Object.entries(CODE_LANGUAGES),
  ...Object.entries(SDKS),
].map(([id, { name }]) => [id as SnippetLanguage, name]);

export const DEFAULT_LANGUAGE: SnippetLanguage = "shell";

/** undefined = no language of that name. */
export function snippetLanguage(word: string | undefined): SnippetLanguage | undefined {
  return SNIPPET_LANGUAGES.find(([id]) => id === word)?.[0];
}

export interface Snippet {
  readonly form: CodeForm;
  readonly text: string;
}

export function snippetOf(language: SnippetLanguage, request: SampleRequest, origin: string): Snippet {
  if (language === "openai-python" || language === "openai-node") {
    const { form, write, plain } = SDKS[language];
    const { sdkCall } = request;
    return sdkCall === undefined
      ? plainSnippet(plain, request, origin)
      : { form, text: write(sdkCall, request, origin) };
  }
  return plainSnippet(language, request, origin);
}

function plainSnippet(language: LanguageId, request: SampleRequest, origin: string): Snippet {
  const { form, generate, complete, stream, takesNoFiles }: CodeLanguage = CODE_LANGUAGES[language];
  const { body = {}, files } = request;
  if (files !== undefined && takesNoFiles === true) return plainSnippet("shell", request, origin);
  const isEvents = body["stream_format"] === "sse";
  const streams = isEvents || body["stream"] === true || request.path.includes(":streamGenerateContent");
  const whole = streams && stream === undefined ? withoutStream(request) : request;
  const code = generate(harOf(whole, origin)).trimEnd();
  const completed = complete?.(code) ?? code;
  return { form, text: streams && stream !== undefined ? stream(completed) : completed };
}

function withoutStream({ path, body = {}, ...rest }: SampleRequest): SampleRequest {
  const whole = { ...rest, path: path.replace(":streamGenerateContent?alt=sse", ":generateContent") };
  return body["stream"] === true ? { ...whole, body: { ...body, stream: false } } : { ...whole, body };
}
