/** Which routes and credentials are tried after a failure, and how many. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { chunk, completion, type Script } from "../../support/upstream.ts";
import { expectFault, SURFACES } from "../call.ts";
import { startScene, textOf, type Scene } from "./scene.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.addUpstream("pair", scene.upstream.baseUrl, ["hidden-credential-first", "hidden-credential-second"]);
  await scene.addUpstream("broken", "ftp://127.0.0.1/v1");
  await scene.addModel("four", ["one", "two", "three", "four"]);
  await scene.addModel("five", ["one", "two", "three", "four", "pair"]);
  await scene.addModel("paired", ["pair", "two"]);
  await scene.addModel("closed-twice", ["closed", "closed", "closed", "two"]);
  await scene.addModel("misconfigured", ["broken", "two"]);
  await scene.addModel("only-misconfigured", ["broken"]);
});

afterAll(async () => scene.close());
beforeEach(() => scene.reset());

const fails: Script = (exchange) => exchange.json({ error: { message: "hidden" } }, 500);
const limits: Script = (exchange) => exchange.json({ error: { message: "hidden" } }, 429);
const lost: Script = (exchange) => exchange.json({ error: { message: "hidden" } }, 404);
const answers: Script = (exchange) => exchange.json(completion("Hi"));

function triesOf(model: string, routes: number): number[] {
  return Array.from({ length: routes }, (_, position) => scene.tries(model, position));
}

describe.each(SURFACES)("on %s", (mount) => {
  it("two more routes are tried, the third answers", async () => {
    for (const position of [0, 1]) scene.script("four", position, fails);
    scene.script("four", 2, answers);
    const answer = await scene.chat(mount, "four");
    expect(answer.status, answer.story).toBe(200);
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("3");
    expect(triesOf("four", 4), answer.story).toEqual([1, 1, 1, 0]);
  });

  it("no more than four routes are tried", async () => {
    for (const position of [0, 1, 2, 3]) scene.script("five", position, fails);
    scene.script("five", 4, answers);
    const answer = await scene.chat(mount, "five");
    expectFault(answer, mount, { fault: "no_route" });
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("4");
    expect(answer.headers.get("x-gateway-reason"), answer.story).toBe("no_route");
    expect(triesOf("five", 5), answer.story).toEqual([1, 1, 1, 1, 0]);
    expect(await scene.log(answer), answer.story).toMatchObject({
      fault: "no_route",
      attempts: [
        { route: "five#0", outcome: "error", status: 500 },
        { route: "five#1", outcome: "error" },
        { route: "five#2", outcome: "error" },
        { route: "five#3", outcome: "error" },
      ],
    });
  });

  it.each<[string, readonly Script[], Parameters<typeof expectFault>[2]]>([
    ["all too busy", [limits, limits, limits, limits], { fault: "upstream_rate_limited" }],
    ["one too busy, others broken", [limits, fails, fails, fails], { fault: "no_route" }],
    ["none has the model", [lost, lost, lost, lost], { fault: "no_route" }],
  ])("answers with the fault that fits all failures: %s", async (_title, scripts, expected) => {
    for (const [position, script] of scripts.entries()) scene.script("four", position, script);
    expectFault(await scene.chat(mount, "four"), mount, expected);
  });

  it("an upstream that cannot be reached is not asked again by another route", async () => {
    scene.script("closed-twice", 3, answers);
    const answer = await scene.chat(mount, "closed-twice");
    expect(answer.status, answer.story).toBe(200);
    expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("2");
  });

  it("an upstream with an unusable address is skipped", async () => {
    scene.script("misconfigured", 1, answers);
    const answer = await scene.chat(mount, "misconfigured");
    expect(answer.status, answer.story).toBe(200);
    const alone = await scene.chat(mount, "only-misconfigured");
    expectFault(alone, mount, { fault: "upstream_error" });
  });

  it.each([401, 402, 403, 429])("after %d the other credential of the same route is tried", async (status) => {
    const used: (string | undefined)[] = [];
    scene.script("paired", 0, (exchange) => {
      used.push(exchange.headers.authorization);
      if (used.length === 1) exchange.json({ error: { message: "hidden" } }, status);
      else exchange.json(completion("Hi"));
    });
    const answer = await scene.chat(mount, "paired");
    expect(answer.status, answer.story).toBe(200);
    expect(used.toSorted(), answer.story).toEqual([
      "Bearer hidden-credential-first",
      "Bearer hidden-credential-second",
    ]);
    expect(scene.tries("paired", 1), answer.story).toBe(0);
  });

  it("after both credentials the next route is tried", async () => {
    scene.script("paired", 0, (exchange) => exchange.json({ error: { message: "hidden" } }, 401));
    scene.script("paired", 1, answers);
    const answer = await scene.chat(mount, "paired");
    expect(answer.status, answer.story).toBe(200);
    expect(triesOf("paired", 2), answer.story).toEqual([2, 1]);
  });

  it("after a failure of the upstream itself its other credential is not tried", async () => {
    scene.script("paired", 0, fails);
    scene.script("paired", 1, answers);
    const answer = await scene.chat(mount, "paired");
    expect(answer.status, answer.story).toBe(200);
    expect(triesOf("paired", 2), answer.story).toEqual([1, 1]);
  });

  it("no other route is tried after the first byte of a stream", async () => {
    scene.script("four", 0, async (exchange) => {
      exchange.openStream();
      await new Promise((resolve) => {
        exchange.response.write(`data: ${JSON.stringify(chunk({ content: "Hi" }))}\n\n`, resolve);
      });
      exchange.reset();
    });
    for (const position of [1, 2, 3]) scene.script("four", position, answers);
    const answer = await scene.chat(mount, "four", { stream: true });
    expect(textOf(answer), answer.story).toBe("Hi");
    expect(triesOf("four", 4), answer.story).toEqual([1, 0, 0, 0]);
  });
});
