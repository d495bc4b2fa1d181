/** Nobody makes the gateway look into a network that is not public, and nothing that is too large or no picture comes of it. */
import { describe, expect, it } from "vitest";
import { fetchMedia } from "../../src/upstream/fetch-media.ts";
import { readMostOf } from "../../src/upstream/read-most.ts";

const ASKING = { allowPrivate: false, signal: AbortSignal.timeout(60_000), maxBytes: 10, type: "image/" };
const picture = (bytes = 3, headers = {}) =>
  new Response(new Uint8Array(bytes), { headers: { "content-type": "image/png; x=1", ...headers } });

/** @param answers by address */
function network(answers: Readonly<Record<string, () => Response>>) {
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url);
    expect(init).toMatchObject({ redirect: "manual", headers: { accept: "image/*" } });
    return answers[url]?.() ?? new Response("no", { status: 404 });
  };
  return { asked, fetch };
}

const moved = (location: string) => () => new Response(null, { status: 302, headers: { location } });

describe("media", () => {
  it("comes from where its address leads", async () => {
    const { asked, fetch } = network({
      "https://a.example.com/1": moved("/2"),
      "https://a.example.com/2": moved("https://b.example.com/3"),
      "https://b.example.com/3": () => picture(),
    });
    expect(await fetchMedia(fetch, "https://a.example.com/1", ASKING)).toEqual({
      type: "image/png",
      bytes: new Uint8Array(3),
    });
    expect(asked).toHaveLength(3);
  });

  it.each([
    "http://a.example.com/1",
    "https://127.0.0.1/1",
    "https://0x7f000001/1",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/1",
    "https://[::ffff:10.0.0.1]/1",
    "https://localhost/1",
    "https://metadata.internal/1",
    "https://user:password@a.example.com/1",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
  ])("is asked for at no such address: %s", async (address) => {
    const { asked, fetch } = network({ "https://a.example.com/1": moved(address) });
    await expect(fetchMedia(fetch, address, ASKING)).rejects.toThrow();
    expect(asked).toEqual([]);
    await expect(fetchMedia(fetch, "https://a.example.com/1", ASKING)).rejects.toThrow();
    expect(asked).toEqual(["https://a.example.com/1"]);
  });

  it.each([
    ["too large", () => picture(11)],
    ["too large, whatever it says", () => picture(11, { "content-length": "3" })],
    ["of another type", () => picture(3, { "content-type": "text/html" })],
    ["of no type", () => new Response(new Uint8Array(3))],
    ["not there", () => new Response("no", { status: 404, headers: { "content-type": "image/png" } })],
    ["somewhere else for ever", moved("https://a.example.com/1")],
  ])("is nothing where it is %s", async (_name, answer) => {
    const { fetch } = network({ "https://a.example.com/1": answer });
    expect(await fetchMedia(fetch, "https://a.example.com/1", ASKING)).toBeUndefined();
  });
});

it.each(["before it begins", "while it comes"])(
  "a slow file is waited for as long as its reader likes: %s",
  async (when) => {
    const reader = new AbortController();
    const enough = new Error("enough");
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: () => void (isCancelled = true),
    });
    if (when === "before it begins") reader.abort(enough);
    else setTimeout(() => reader.abort(enough), 10);
    await expect(readMostOf(endless, 10, reader.signal)).rejects.toBe(enough);
    expect(isCancelled).toBe(true);
  },
);
