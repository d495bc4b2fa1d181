/** Shows the answer of the playground while it is made. */

interface Delta {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: Delta }[];
  readonly error?: { readonly message?: string };
}

export function enhancePlayground(root: HTMLElement): void {
  const form = root.querySelector("form");
  const live = root.querySelector<HTMLElement>("[data-live]");
  const { playground: path = "", cost = "" } = root.dataset;
  if (form === null || live === null) return;
  let running: AbortController | undefined;
  live.querySelector("[data-live-stop]")?.addEventListener("click", () => running?.abort());
  form.addEventListener("submit", (event) => {
    const data = new FormData(form);
    if (data.get("stream") !== "on") return;
    event.preventDefault();
    running?.abort();
    running = new AbortController();
    void show(live, { path, cost, data, signal: running.signal });
  });
}

interface Call {
  readonly path: string;
  readonly cost: string;
  readonly data: FormData;
  readonly signal: AbortSignal;
}

async function show(live: HTMLElement, { path, cost, data, signal }: Call): Promise<void> {
  const part = (name: string) => live.querySelector<HTMLElement>(`[data-live-${name}]`);
  const [answer, reasoning, raw, facts, stop] = ["answer", "reasoning", "raw", "facts", "stop"].map(part);
  const thoughts = reasoning?.querySelector("pre");
  if (!answer || !raw || !facts || !stop || !reasoning || !thoughts) return;
  for (const element of [answer, raw, facts, thoughts]) element.textContent = "";
  live.hidden = false;
  reasoning.hidden = true;
  stop.hidden = false;
  try {
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(textsOf(data)), signal });
    await readEvents(response, (text, chunk) => {
      raw.append(text, "\n");
      const delta = chunk?.choices?.[0]?.delta;
      if (delta?.content) answer.append(delta.content);
      if (delta?.reasoning_content) {
        reasoning.hidden = false;
        thoughts.append(delta.reasoning_content);
      }
      if (chunk?.error?.message) answer.append(chunk.error.message);
    });
    const id = response.headers.get("x-relayed-request") ?? "";
    if (id !== "") await showCost(facts, cost, id);
  } catch (error) {
    if (!signal.aborted) answer.append(String(error));
  } finally {
    stop.hidden = true;
  }
}

function textsOf(data: FormData): [string, string][] {
  return [...data].flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
}

/** @param take gets each event, or the whole of an answer that is no stream */
async function readEvents(response: Response, take: (text: string, chunk: Chunk | undefined) => void): Promise<void> {
  const isStream = response.headers.get("content-type")?.includes("event-stream") === true;
  if (!isStream || response.body === null) {
    const text = await response.text();
    return take(text, parse(text));
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    const lines = rest.split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line.startsWith("data:")) take(line, parse(line.slice(5)));
    if (done) return;
  }
}

function parse(text: string): Chunk | undefined {
  try {
    return JSON.parse(text) as Chunk;
  } catch {
    return undefined;
  }
}

/** The charge is settled a moment after the end of the stream. */
async function showCost(facts: HTMLElement, path: string, id: string): Promise<void> {
  const link = document.createElement("a");
  link.href = `/app/requests/${id.replace("req_", "")}`;
  link.textContent = id;
  facts.append(link);
  for (let attempt = 0; attempt < 5; attempt++) {
    const text = await (await fetch(`${path}?id=${encodeURIComponent(id)}`)).text();
    if (text !== "") {
      facts.append(` · ${text}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
