/** A client's end of a stream, on the runtime's own streams. */
import { expect, it, vi } from "vitest";
import { ClientStream } from "../../src/relay/client-stream.ts";

function open() {
  const { readable, writable } = new IdentityTransformStream();
  const over = new AbortController();
  const client = new ClientStream(writable, {
    keepAlive: ": keep-alive\n\n",
    keepAliveMs: 5,
    gone: vi.fn(),
    over: over.signal,
  });
  return { client, over, readable };
}

it("a client that does not read what is written is given up when time is up", async () => {
  const { client, over } = open();
  const written = client.write("data: [DONE]\n\n");
  over.abort();
  await expect(written).rejects.toMatchObject({ kind: "client_closed" });
});

it("a client that does not read the end of its stream is given up when time is up", async () => {
  const { client, over } = open();
  const closed = client.close();
  over.abort();
  await closed;
});

it("a client that reads gets all, and is closed once", async () => {
  const { client, readable } = open();
  const read = new Response(readable).text();
  await client.write("data: [DONE]\n\n");
  await client.close();
  client.leave();
  expect(await read).toContain("[DONE]");
});
