/** Upstreams that are too slow for short deadlines. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chunk, completion, type Exchange, type Script } from "../../support/upstream.ts";
import { errorBody, expectFault, SURFACES } from "../call.ts";
import { expectBroken, startScene, textOf, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene({ FIRST_EVENT_MS: "500", FIRST_OUTPUT_MS: "500", IDLE_MS: "500", ANSWER_MS: "500" });
  await scene.addModel("plain", ["one"]);
  await scene.addModel("spare", ["one", "two", "three"]);
  await scene.addModel("limited", ["one"], { totalMs: 1500 });
  await scene.addModel("thinker", ["one"], { firstOutputMs: 20_000 });
  await scene.addModel("patient", ["one"], {
    firstEventMs: 20_000,
    firstOutputMs: 20_000,
    idleMs: 20_000,
    answerMs: 20_000,
  });
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

const TIMEOUT = errorBody({ fault: "upstream_timeout" });

/** Holds the connection open and says nothing. */
const silent: Script = () => undefined;

/** Sends comments and frames, but nothing meaningful. */
const mumbling: Script = async (exchange) => {
  exchange.openStream();
  exchange.event(chunk({ role: "assistant", content: "" }));
  while (!exchange.response.destroyed) {
    exchange.write(": still thinking\n\n");
    await pause(50);
  }
};

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function lastExchange(): Exchange {
  const exchange = scene.upstream.received.at(-1);
  if (exchange === undefined) throw new Error("nothing reached the upstream");
  return exchange;
}

describe.each(SURFACES)("on %s", (mount) => {
  it.each<[string, boolean, Script]>([
    ["JSON that does not come", false, silent],
    ["JSON whose end does not come", false, (exchange) => exchange.write('{"choices":[')],
    ["a stream without an answer", true, silent],
    ["a stream without an event", true, (exchange) => exchange.openStream()],
    ["a stream without an event that means anything", true, mumbling],
  ])("%s is a time-out, and the upstream is stopped", async (_title, stream, script) => {
    scene.script("plain", 0, script);
    const answer = await scene.chat(mount, "plain", { stream });
    expectFault(answer, mount, { fault: "upstream_timeout" });
    await lastExchange().closed;
    expect(await scene.log(answer), answer.story).toMatchObject({
      fault: "upstream_timeout",
      ending: "failed",
      attempts: [{ outcome: "timeout" }],
    });
  });

  it("an upstream that has shown life may think for longer than it may be silent before", async () => {
    scene.script("thinker", 0, async (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "" }));
      await pause(1500);
      exchange.event(chunk({ content: "thought" }, "stop"));
      exchange.done();
    });
    const answer = await scene.chat(mount, "thinker", { stream: true });
    expect(textOf(answer), answer.story).toBe("thought");
    scene.script("thinker", 0, silent);
    expectFault(await scene.chat(mount, "thinker", { stream: true }), mount, { fault: "upstream_timeout" });
  });

  it("one more route is tried after a time-out", async () => {
    scene.script("spare", 0, silent);
    scene.script("spare", 1, (exchange) => exchange.json(completion("Hi")));
    const answer = await scene.chat(mount, "spare");
    expect(answer.status, answer.story).toBe(200);
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("2");
  });

  it("every upstream is tried before a request times out", async () => {
    for (const position of [0, 1, 2]) scene.script("spare", position, silent);
    const answer = await scene.chat(mount, "spare");
    expectFault(answer, mount, { fault: "upstream_timeout" });
    expect(
      [0, 1, 2].map((position) => scene.tries("spare", position)),
      answer.story,
    ).toEqual([1, 1, 1]);
  });

  it("an upstream that itself answers with a time-out counts as timed out", async () => {
    scene.script("spare", 0, (exchange) => exchange.json({ error: { message: "hidden" } }, 504));
    scene.script("spare", 1, silent);
    scene.script("spare", 2, silent);
    expectFault(await scene.chat(mount, "spare"), mount, { fault: "upstream_timeout" });
  });

  it("a stream that falls silent ends in an error, and the upstream is stopped", async () => {
    scene.script("plain", 0, (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ content: "Good morning" }));
    });
    const answer = await scene.chat(mount, "plain", { stream: true });
    expectBroken(answer, "Good morning", TIMEOUT);
    await lastExchange().closed;
    expect(await scene.log(answer), answer.story).toMatchObject({ fault: "upstream_timeout", ending: "failed" });
  });

  it("a stream that never ends is ended at its total time", async () => {
    let events = 0;
    scene.script("limited", 0, async (exchange) => {
      exchange.openStream();
      for (events = 1; !exchange.response.destroyed; events++) {
        exchange.event(chunk({ content: "." }));
        await pause(20);
      }
    });
    const answer = await scene.chat(mount, "limited", { stream: true });
    expectBroken(answer, textOf(answer), TIMEOUT);
    expect(textOf(answer).length, answer.story).toBeGreaterThan(1);
    await lastExchange().closed;
    expect(textOf(answer).length, answer.story).toBeLessThanOrEqual(events);
  });

  it("a model's own deadlines replace the site's", async () => {
    scene.script("patient", 0, async (exchange) => {
      await pause(700);
      exchange.openStream();
      exchange.event(chunk({ content: "Good " }));
      await pause(700);
      exchange.event(chunk({ content: "morning" }));
      exchange.event(chunk({}, "stop"));
      exchange.done();
    });
    const answer = await scene.chat(mount, "patient", { stream: true });
    expect(textOf(answer), answer.story).toBe("Good morning");
    expect(await scene.log(answer), answer.story).toMatchObject({ ending: "complete" });
  });
});
