/** A chat request as code that people can copy. */

export interface ChatSample {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
}

/** Stands for one of the reader's keys. */
export const SAMPLE_KEY = "sk-your-api-key";

/** The shortest request that shows that all works. */
export const FIRST_CALL: ChatSample = { model: "auto", messages: [{ role: "user", content: "Hello!" }] };

export const SAMPLES = [
  { id: "curl", name: "curl", write: curl },
  { id: "python", name: "Python", write: python },
  { id: "javascript", name: "JavaScript", write: javascript },
] as const;

export function curl(origin: string, sample: ChatSample, key = SAMPLE_KEY): string {
  const body = JSON.stringify(sample).replaceAll("'", String.raw`'\''`);
  return `curl${sample.stream === true ? " --no-buffer" : ""} ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${body}'`;
}

/** JSON texts are Python texts, too; the words for true and null are not. */
function python(origin: string, { model, messages, stream }: ChatSample): string {
  const listed = messages
    .map(({ role, content }) => `        {"role": ${JSON.stringify(role)}, "content": ${JSON.stringify(content)}},\n`)
    .join("");
  const call = `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${SAMPLE_KEY}")
response = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[
${listed}    ],
${stream === true ? "    stream=True,\n" : ""})
`;
  return stream === true
    ? `${call}for chunk in response:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
`
    : `${call}print(response.choices[0].message.content)
`;
}

function javascript(origin: string, sample: ChatSample): string {
  const body = JSON.stringify(sample, undefined, 2);
  const call = `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });
const response = await client.chat.completions.create(${body});
`;
  return sample.stream === true
    ? `${call}for await (const chunk of response) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}
`
    : `${call}console.log(response.choices[0].message.content);
`;
}
