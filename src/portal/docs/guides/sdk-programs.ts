/** Programs with the libraries of vendors: how to install them, a first call, a stream, an error. */
import { SAMPLE_KEY } from "../../samples.ts";
import type { CodeForm } from "../types.ts";

interface Place {
  readonly origin: string;
  readonly model: string;
}

export interface SdkProgram {
  readonly id: string;
  readonly name: string;
  readonly form: CodeForm;
  readonly install: string;
  readonly source: (place: Place) => string;
}

export const SDK_PROGRAMS: readonly SdkProgram[] = [
  {
    id: "openai-python",
    name: "OpenAI Python",
    form: "python",
    install: "pip install openai",
    source: ({ origin, model }) => `import openai

client = openai.OpenAI(base_url="${origin}/v1", api_key="${SAMPLE_KEY}")
messages = [{"role": "user", "content": "Hello!"}]

answer = client.chat.completions.create(model="${model}", messages=messages)
print(answer.choices[0].message.content)

for chunk in client.chat.completions.create(model="${model}", messages=messages, stream=True):
    print(chunk.choices[0].delta.content or "", end="")

try:
    client.chat.completions.create(model="no-such-model", messages=messages)
except openai.APIStatusError as error:
    print(error.status_code, error.code, error.request_id)
`,
  },
  {
    id: "openai-node",
    name: "OpenAI Node",
    form: "js",
    install: "npm install openai",
    source: ({ origin, model }) => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });
const messages = [{ role: "user", content: "Hello!" }];

const answer = await client.chat.completions.create({ model: "${model}", messages });
console.log(answer.choices[0].message.content);

const stream = await client.chat.completions.create({ model: "${model}", messages, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");

try {
  await client.chat.completions.create({ model: "no-such-model", messages });
} catch (error) {
  if (error instanceof OpenAI.APIError) console.log(error.status, error.code, error.requestID);
}
`,
  },
  {
    id: "anthropic-python",
    name: "Anthropic Python",
    form: "python",
    install: "pip install anthropic",
    source: ({ origin, model }) => `import anthropic

client = anthropic.Anthropic(base_url="${origin}", api_key="${SAMPLE_KEY}")
messages = [{"role": "user", "content": "Hello!"}]

message = client.messages.create(model="${model}", max_tokens=1000, messages=messages)
print(message.content[0].text)

with client.messages.stream(model="${model}", max_tokens=1000, messages=messages) as stream:
    for text in stream.text_stream:
        print(text, end="")

try:
    client.messages.create(model="no-such-model", max_tokens=1000, messages=messages)
except anthropic.APIStatusError as error:
    print(error.status_code, error.request_id)
`,
  },
  {
    id: "google-python",
    name: "Google Gen AI Python",
    form: "python",
    install: "pip install google-genai",
    source: ({ origin, model }) => `from google import genai
from google.genai import errors

client = genai.Client(api_key="${SAMPLE_KEY}", http_options={"base_url": "${origin}"})
print(client.models.generate_content(model="${model}", contents="Hello!").text)

for chunk in client.models.generate_content_stream(model="${model}", contents="Hello!"):
    print(chunk.text or "", end="")

try:
    client.models.generate_content(model="no-such-model", contents="Hello!")
except errors.APIError as error:
    print(error.code, error.status)
`,
  },
  {
    id: "ai-sdk",
    name: "AI SDK",
    form: "js",
    install: "npm install ai @ai-sdk/openai-compatible",
    source: ({ origin, model }) => `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, streamText } from "ai";

const gateway = createOpenAICompatible({
  name: "gateway",
  baseURL: "${origin}/v1",
  apiKey: "${SAMPLE_KEY}",
  includeUsage: true,
});

const { text } = await generateText({ model: gateway("${model}"), prompt: "Hello!" });
console.log(text);

for await (const piece of streamText({ model: gateway("${model}"), prompt: "Hello!" }).textStream) {
  process.stdout.write(piece);
}

try {
  await generateText({ model: gateway("no-such-model"), prompt: "Hello!" });
} catch (error) {
  if (APICallError.isInstance(error)) console.log(error.statusCode, error.message);
}
`,
  },
  {
    id: "langchain-python",
    name: "LangChain Python",
    form: "python",
    install: "pip install langchain-openai",
    source: ({ origin, model }) => `import openai
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="${model}", base_url="${origin}/v1", api_key="${SAMPLE_KEY}")
print(model.invoke("Hello!").content)

for piece in model.stream("Hello!"):
    print(piece.content, end="")

try:
    ChatOpenAI(model="no-such-model", base_url="${origin}/v1", api_key="${SAMPLE_KEY}").invoke("Hello!")
except openai.APIStatusError as error:
    print(error.status_code, error.code)
`,
  },
];
