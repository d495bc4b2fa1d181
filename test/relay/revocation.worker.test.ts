/** A key that is revoked while its stream runs: the stream ends at the next checkpoint, and what was delivered is paid. */
import { eq } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { upstreams } from "../../schema/index.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { db, play } from "./stage.ts";

beforeAll(async () => {
  for (const abandon of ["cancel", "drain"] as const) {
    await addUpstream(db, { id: abandon, baseUrl: "https://upstream.example.com/v1" });
    await db.update(upstreams).set({ abandon }).where(eq(upstreams.id, abandon));
    await addModel(db, { id: abandon, maxOutput: 100, routes: [{ upstreamId: abandon }] });
  }
});

it.each(["cancel", "drain"])("with an upstream that would %s for a client that left", async (model) => {
  let allowed = true;
  let signal: AbortSignal | null | undefined;
  const body = { model, stream: true, messages: [{ role: "user", content: "Hello" }] };
  const { answer, settlements } = play({
    asked: WIRES["openai.chat"].read(jsonPayload(body), { params: {}, headers: new Headers() }),
    streams: true,
    isStillAllowed: async () => allowed,
    upstream({ init }) {
      ({ signal } = init);
      // It says one word, and then nothing and no end.
      const { readable, writable } = new IdentityTransformStream();
      const event = { choices: [{ index: 0, delta: { content: "Hi" } }] };
      const writer = writable.getWriter();
      void writer.write(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`)).catch(() => undefined);
      return new Response(readable, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const reader = (await answer).body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain("Hi");
  expect(settlements).toEqual([]);
  allowed = false;
  let rest = "";
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) rest += read.value;
  expect(rest).toContain('"error":"invalid_key"');
  expect(signal?.aborted).toBe(true);
  await expect.poll(() => settlements).toMatchObject([{ ending: "failed", attempts: [{ outcome: "answered" }] }]);
  expect(settlements[0]?.amountNanos).toBeGreaterThan(0);
});
