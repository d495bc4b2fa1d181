/** A gateway with a model on an upstream of each wire. The upstreams answer as their vendors do. */
import { aliases } from "../../../schema/index.ts";
import { writeFrame } from "../../../src/core/frame.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { WIRES } from "../../../src/wire/index.ts";
import type { Wire } from "../../../src/wire/types.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { type Script, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { STREAMS, type Answer } from "../../wire/matrix/streams.ts";
import { ASKED, TARGET } from "../../wire/support.ts";

/** How an upstream of a wire is reached. */
const KINDS: Readonly<Record<string, string>> = {
  "openai.chat": "bearer",
  "openai.responses": "bearer",
  "anthropic.messages": "anthropic",
  "gemini.generate": "gemini",
};

export const UPSTREAM_WIRES = Object.keys(KINDS);

export interface WireStage {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  /** The model `over <wire>` is answered like this from now on. */
  answer(wire: string, answer: Answer): void;
  /** The upstream of a wire answers by a script from now on. */
  script(wire: string, script: Script): void;
  /** The last request that an upstream got. */
  sent(): { readonly path: string; readonly headers: Readonly<Record<string, unknown>>; readonly body: JsonObject };
  close(): Promise<void>;
}

/** What a web search costs. */
const SEARCHES = [{ unit: "searches", nanos: 1_000_000 }];

const upstreamModel = (wire: string) => `upstream-${wire.replace(".", "-")}`;

export const modelOver = (wire: string) => `over ${wire}`;

/** @param auto the wire of the upstream that serves `auto` */
export async function startWires(auto = "openai.chat"): Promise<WireStage> {
  const [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  for (const [wire, kind] of Object.entries(KINDS)) {
    const id = wire.replace(".", "-");
    await addUpstream(db, { id, baseUrl: upstream.baseUrl, kind });
    const capabilities = JSON.stringify(["tools", "image", "file"]);
    const routes = [{ upstreamId: id, upstreamModel: upstreamModel(wire), wire }];
    const autoWeight = wire === auto ? 1 : 0;
    await addModel(db, { id: modelOver(wire), autoWeight, capabilities, maxOutput: 8192, rates: SEARCHES, routes });
  }
  await db.insert(aliases).values([
    { id: "claude-*", target: modelOver(auto), createdAt: 0 },
    { id: "gemini-*", target: "auto", createdAt: 0 },
  ]);
  return {
    gateway,
    upstream,
    answer: (wire, answer) => upstream.script(upstreamModel(wire), scriptOf(wire, answer)),
    script: (wire, script) => upstream.script(upstreamModel(wire), script),
    sent() {
      const last = upstream.received.at(-1);
      if (last === undefined) throw new Error("nothing was sent");
      return last;
    },
    close: async () => void (await Promise.all([gateway.close(), upstream.close()])),
  };
}

/** Answers as the vendor of a wire does, whole or streamed. */
export function scriptOf(name: string, answer: Answer): Script {
  const frames = STREAMS[name]?.(answer) ?? [];
  const wire = (WIRES as Readonly<Record<string, Wire>>)[name];
  return (exchange) => {
    if (exchange.body["stream"] !== true && !exchange.path.includes(":streamGenerateContent")) {
      const reader = wire?.answers(TARGET, ASKED);
      const fold = wire?.fold?.();
      for (const frame of frames) for (const piece of reader?.step(frame).pieces ?? []) fold?.add(piece);
      exchange.json(fold?.answer().value ?? {});
      return;
    }
    exchange.openStream();
    for (const { data, event } of frames) exchange.write(writeFrame(data, event));
    exchange.response.end();
  };
}

/** The beginning of a stream. */
export function beginningOf(wire: string): string {
  const frames = STREAMS[wire]?.({
    said: [{ text: "Hi" }],
    ends: "stop",
    tokens: { prompt: 1, cached: 0, output: 1, thoughts: 0 },
  });
  const first = frames?.findIndex(({ data }) => data.includes('"Hi"')) ?? -1;
  return (frames ?? [])
    .slice(0, first + 1)
    .map(({ data, event }) => writeFrame(data, event))
    .join("");
}
