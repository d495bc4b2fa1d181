/** Upstreams that fail after the first byte, and streams that are unusual but complete. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chunk, completion, USAGE, type Exchange, type Script } from "../../support/upstream.ts";
import { errorBody, SURFACES } from "../call.ts";
import { expectBroken, startScene, textOf, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.addModel("plain", ["one", "two"]);
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

const UPSTREAM_ERROR = errorBody({ fault: "upstream_error" });

async function written(exchange: Exchange, text: string): Promise<void> {
  await new Promise((resolve) => void exchange.response.write(text, resolve));
}

function event(body: unknown): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

/** The upstream begins a stream well, then does what the test is about. */
function after(...rest: [...string[], "end" | "reset"]): Script {
  return async (exchange) => {
    exchange.openStream();
    await written(exchange, event(chunk({ content: "Good " })) + event(chunk({ content: "morning" })));
    for (const text of rest.slice(0, -1)) await written(exchange, text);
    if (rest.at(-1) === "reset") exchange.reset();
    else exchange.response.end();
  };
}

describe.each(SURFACES)("a stream on %s", (mount) => {
  it.each<[string, Script]>([
    ["a reset connection", after("reset")],
    ["half an event and a reset", after('data: {"choices":[{"delta":{"content":" hid', "reset")],
    ["an end without a finish", after("end")],
    ["half an event", after('data: {"choices":[{"delta":{"content":" hid', "end")],
    ["an error", after(event({ error: { message: "hidden", code: 500 } }), "end")],
    ["an error as plain text", after(event({ error: "hidden" }), "end")],
    ["an error and [DONE]", after(event({ error: { message: "hidden" } }), "data: [DONE]\n\n", "end")],
    ["garbage", after("data: <h1>hidden</h1>\n\n", event(chunk({}, "stop")), "data: [DONE]\n\n", "end")],
    ["a list", after(event(["hidden"]), "end")],
  ])("that breaks by %s ends in one error and [DONE], and is not tried elsewhere", async (_title, script) => {
    scene.script("plain", 0, script);
    scene.script("plain", 1, (exchange) => exchange.json(completion("never")));
    const answer = await scene.chat(mount, "plain", { stream: true });
    expectBroken(answer, "Good morning", UPSTREAM_ERROR);
    expect(scene.tries("plain", 1), answer.story).toBe(0);
    expect(await scene.log(answer), answer.story).toMatchObject({
      status: 200,
      fault: "upstream_error",
      ending: "failed",
      attempts: [{ outcome: "answered" }],
    });
  });

  it("passes on the finish chunk that came before the break", async () => {
    scene.script("plain", 0, after(event(chunk({}, "stop")), event({ error: { message: "hidden" } }), "end"));
    const answer = await scene.chat(mount, "plain", { stream: true });
    expectBroken(answer, "Good morning", UPSTREAM_ERROR);
    expect(answer.events.at(-3), answer.story).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });

  it("is not broken by an end without [DONE] when every choice has finished", async () => {
    scene.script("plain", 0, after(event(chunk({}, "stop")), "end"));
    const answer = await scene.chat(mount, "plain", { stream: true });
    expect(answer.events.at(-1), answer.story).toBe("[DONE]");
    expect(answer.events.at(-2), answer.story).toMatchObject({ choices: [{ finish_reason: "stop" }] });
    expect(await scene.log(answer), answer.story).toMatchObject({ ending: "complete" });
  });

  it("is broken when one of two choices has not finished", async () => {
    scene.script("plain", 0, async (exchange) => {
      exchange.openStream();
      const choices = [0, 1].map((index) => ({ index, delta: { content: "Hi" }, finish_reason: null }));
      exchange.event({ ...chunk({}), choices });
      exchange.event(chunk({}, "stop"));
      exchange.response.end();
    });
    const answer = await scene.chat(mount, "plain", { stream: true, n: 2 });
    expectBroken(answer, "HiHi", UPSTREAM_ERROR);
  });

  const WHOLE = [
    event(chunk({ role: "assistant", content: "" })),
    event(chunk({ content: "Grüß " })),
    event(chunk({ content: "Gott, 世界 🌍" })),
    event(chunk({}, "stop")),
    event({ ...chunk({}), choices: [], usage: USAGE }),
    "data: [DONE]\n\n",
  ].join("");

  it.each([
    ["CRLF", WHOLE.replaceAll("\n", "\r\n")],
    ["CR", WHOLE.replaceAll("\n", "\r")],
    ["a byte order mark", `\uFEFF${WHOLE}`],
    ["no space after the colon", WHOLE.replaceAll("data: ", "data:")],
    ["names, ids and retry times", WHOLE.replaceAll("data: ", "event: message\nid: hidden\nretry: 5\ndata: ")],
    ["comments between its lines", WHOLE.replaceAll("data: ", ": hidden\n\n: hidden\ndata: ")],
    ["three blank lines for one", WHOLE.replaceAll("\n\n", "\n\n\n\n")],
    ["JSON over several data lines", WHOLE.replaceAll(',"choices"', ',\ndata: "choices"')],
    ["no blank line at its end", WHOLE.slice(0, -2)],
    ["events after [DONE]", WHOLE + event(chunk({ content: "never" }))],
  ])("with %s reads as any other", async (_title, text) => {
    scene.script("plain", 0, (exchange) => {
      exchange.openStream();
      exchange.response.end(text);
    });
    const odd = await scene.chat(mount, "plain", { stream: true });
    scene.script("plain", 0, (exchange) => {
      exchange.openStream();
      exchange.response.end(WHOLE);
    });
    const plain = await scene.chat(mount, "plain", { stream: true });
    expect(odd.text, odd.story).toBe(plain.text);
    expect(textOf(odd), odd.story).toBe("Grüß Gott, 世界 🌍");
    expect(odd.text, odd.story).toMatch(/^(data: [^\n]+\n\n)+$/);
  });

  it("of one byte per write reads like any other", async () => {
    scene.script("plain", 0, async (exchange) => {
      exchange.openStream();
      exchange.response.socket?.setNoDelay(true);
      for (const byte of Buffer.from(WHOLE)) {
        await new Promise((resolve) => void exchange.response.write(new Uint8Array([byte]), resolve));
      }
      exchange.response.end();
    });
    const answer = await scene.chat(mount, "plain", { stream: true });
    expect(textOf(answer), answer.story).toBe("Grüß Gott, 世界 🌍");
    expect(await scene.log(answer), answer.story).toMatchObject({ ending: "complete", usage: { input: 5, output: 7 } });
  });

  it.each([false, true])("passes 10 MB in one piece whole, stream %s", async (stream) => {
    const content = "0123456789".repeat(1024 * 1024);
    scene.script("plain", 0, (exchange) => {
      if (!stream) return exchange.json(completion(content));
      exchange.openStream();
      exchange.event(chunk({ content }));
      exchange.event(chunk({}, "stop"));
      exchange.done();
    });
    const answer = await scene.chat(mount, "plain", { stream });
    expect(answer.status, answer.story).toBe(200);
    const text = stream
      ? textOf(answer)
      : (answer.body["choices"] as { message: { content: string } }[])[0]?.message.content;
    expect(text === content, answer.story).toBe(true);
  });

  it("does not wait for an event that never ends", async () => {
    scene.script("plain", 0, async (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Good morning" }));
      exchange.write('data: {"choices":[{"delta":{"content":"');
      const megabyte = Buffer.alloc(1024 * 1024, "x");
      while (!exchange.response.destroyed) {
        await new Promise((resolve) => void exchange.response.write(megabyte, resolve));
      }
    });
    const answer = await scene.chat(mount, "plain", { stream: true });
    expectBroken(answer, "Good morning", UPSTREAM_ERROR);
    await scene.upstream.received.at(-1)?.closed;
  });
});
