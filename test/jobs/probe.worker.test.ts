/** Scheduled probes, with real objects and an upstream that is a function. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi, type Mock } from "vitest";
import { probeRoutes } from "../../src/jobs/probe-routes.ts";
import { addModel, addUpstream } from "../support/seed.ts";
import { db, defer, servicesWith, tell } from "./support.ts";

const ANSWER = {
  choices: [{ index: 0, message: { role: "assistant", content: "OK" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};

let log: Mock;
let asked: string[] = [];
let upstream: (streams: boolean) => Response | Promise<Response>;
const fetchUpstream = async (_url: string, init: RequestInit) => {
  const body = JSON.parse(init.body as string) as { model: string; stream: boolean };
  asked.push(body.model);
  return upstream(body.stream);
};

beforeEach(() => {
  asked = [];
  upstream = () => Response.json(ANSWER);
  log = vi.spyOn(console, "log").mockImplementation(() => {});
});

const lines = () =>
  log.mock.calls
    .map(([line]) => JSON.parse(String(line)) as Record<string, unknown>)
    .filter((line) => line["event"] === "probe");

async function breakerOf(id: string, route = `${id}#0`) {
  const { routes } = await env.UPSTREAM_HEALTH.getByName(id).describe();
  return routes.find((each) => each.route === route)?.breaker;
}

/** A model with one route over its own upstream. All three have the same name. */
async function add(id: string, extra: { credentials?: string[]; disabled?: boolean } = {}) {
  await addUpstream(db, { id, baseUrl: "https://x.example", credentials: extra.credentials ?? ["secret"] });
  await addModel(db, {
    id,
    price: { costInputNanos: 1_000_000, costOutputNanos: 5_000_000 },
    routes: [{ upstreamId: id, disabled: extra.disabled ?? false }],
  });
}

const open = async (id: string) => tell(id, { [`${id}#0`]: { model: id, failed: 20 } });
/** Lets the back-off of an open breaker end. */
const waitOut = async (id: string) =>
  runInDurableObject(env.UPSTREAM_HEALTH.getByName(id), (object) => {
    object.now = () => Date.now() + 10_000;
  });
const run = async (vars = {}) => probeRoutes(servicesWith(fetchUpstream, vars), defer);

describe("the schedule", () => {
  it("probes routes with an open breaker until it is closed, no others, and logs the cost", async () => {
    await add("well");
    await tell("well", { "well#0": { model: "well", answered: 5 } });
    await add("ill");
    await open("ill");
    expect(await breakerOf("ill")).toBe("open");
    for (let n = 0; n < 2; n++) {
      await run();
      expect(await breakerOf("ill")).toBe("closed");
    }
    expect(asked).toEqual(["upstream-ill"]);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toEqual({
      level: "info",
      event: "probe",
      route: "ill#0",
      outcome: "answered",
      ms: expect.any(Number),
      tokens: { input: 10, output: 2 },
      cost_nanos: 10 * 1000 + 2 * 5000,
    });
  });

  it("leaves the breaker open when the probe fails, and says why", async () => {
    await add("dead");
    await open("dead");
    await waitOut("dead");
    upstream = () => Response.json({ error: { message: "no" } }, { status: 500 });
    expect(await breakerOf("dead")).toBe("half-open");
    await run();
    expect(await breakerOf("dead")).toBe("open");
    expect(lines().at(-1)).toMatchObject({ route: "dead#0", outcome: "error", tokens: null, cost_nanos: null });
    const { routes } = await env.UPSTREAM_HEALTH.getByName("dead").describe();
    expect(routes[0]?.lastTransition?.why).toBe("a trial or probe failed");
  });

  it("does not blame the route for a refused credential, nor for a refused request", async () => {
    await add("refused");
    await open("refused");
    await waitOut("refused");
    for (const status of [401, 402, 403, 429, 529, 422]) {
      upstream = () => Response.json({ error: { message: "no" } }, { status });
      await run();
      expect(await breakerOf("refused"), String(status)).toBe("half-open");
    }
  });

  it("uses a credential that does not cool, and skips a route that has none", async () => {
    await add("cool", { credentials: ["first", "second"] });
    const { credentials = [] } =
      (await servicesWith(fetchUpstream).relay.catalogue.current(defer)).routes.get("cool")?.[0]?.upstream ?? {};
    const [first, second] = credentials.map(({ id, sealed }) => `${id}~${sealed.slice(-6)}`);
    const note = { forMs: 60_000, strikes: 1, why: "rate_limited (429)" };
    await open("cool");
    await tell("cool", {}, { coolings: [{ credential: String(first), route: null, ...note }] });
    const probed = () => asked.filter((model) => model === "upstream-cool").length;
    await run();
    expect(probed()).toBe(1);
    await open("cool");
    await tell("cool", {}, { coolings: [{ credential: String(second), route: "another", ...note }] });
    await run();
    expect(probed()).toBe(2);
    await open("cool");
    await tell("cool", {}, { coolings: [{ credential: String(second), route: "cool#0", ...note }] });
    await run();
    expect(probed()).toBe(2);
  });

  it("probes a few routes at the same time", async () => {
    let [now, most] = [0, 0];
    for (let n = 0; n < 9; n++) {
      await add(`many-${n}`);
      await open(`many-${n}`);
    }
    upstream = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return Response.json(ANSWER);
    };
    await run();
    expect(asked.filter((model) => model.startsWith("upstream-many")).toSorted()).toHaveLength(9);
    expect(most).toBe(4);
  });

  it("starts no probe when its time is over", async () => {
    await add("late");
    await open("late");
    const services = servicesWith(fetchUpstream);
    let nowMs = Date.now();
    await probeRoutes({ ...services, now: () => (nowMs += 15_000) }, defer);
    expect(asked).toEqual([]);
  });

  it("skips disabled routes", async () => {
    await add("disabled", { disabled: true });
    await open("disabled");
    await run();
    expect(asked).not.toContain("upstream-disabled");
  });
});

describe("idle routes", () => {
  it("are probed once an hour, if the operator wants it", async () => {
    await add("idle");
    await add("busy");
    await tell("busy", { "busy#0": { model: "busy", answered: 1 } });
    const start = Date.now();
    /** All minutes of the hour that follows. */
    const hour = async (vars: Record<string, string>) => {
      asked = [];
      const services = servicesWith(fetchUpstream, vars);
      for (let minute = 0; minute < 60; minute++) {
        let calls = 0;
        const nowMs = start + minute * 60_000;
        await probeRoutes({ ...services, now: () => nowMs + calls++ }, defer);
      }
      return (model: string) => asked.filter((each) => each === `upstream-${model}`).length;
    };
    const wanted = await hour({ PROBE_IDLE: "true" });
    expect(wanted("idle")).toBe(1);
    expect(wanted("busy")).toBe(0);
    const unwanted = await hour({});
    expect(unwanted("idle")).toBe(0);
    expect(unwanted("busy")).toBe(0);
  });
});

describe("a probe", () => {
  const STREAM = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "OK" } }] })}\n\n`;
  const streamed = () => new Response(STREAM, { headers: { "content-type": "text/event-stream" } });

  it("asks for a stream where an upstream answers nothing else", async () => {
    await add("streaming");
    await open("streaming");
    upstream = (streams) =>
      streams ? streamed() : Response.json({ error: { message: "stream only" } }, { status: 400 });
    await run();
    expect(asked).toEqual(["upstream-streaming", "upstream-streaming"]);
    expect(await breakerOf("streaming")).toBe("closed");
  });

  it("tells the first refusal where a stream is refused, too, and asks for none after other failures", async () => {
    await add("refusing");
    await open("refusing");
    upstream = (streams) => Response.json({ error: { message: "no" } }, { status: streams ? 500 : 400 });
    await run();
    expect(lines().at(-1)).toMatchObject({ outcome: "refused_request" });
    asked = [];
    upstream = () => Response.json({ error: { message: "no" } }, { status: 500 });
    await waitOut("refusing");
    await run();
    expect(asked.length).toBeLessThanOrEqual(1);
  });
});
