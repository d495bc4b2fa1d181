/** How a client may choose the model: fallbacks in order, the quickest, the cheapest. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type Script, type ScriptedUpstream } from "../../support/upstream.ts";
import { closedCharge } from "../money/books.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

const answers: Script = (exchange) => exchange.json(completion("Hi"));
const fails: Script = (exchange) => exchange.json({ error: { message: "no" } }, 500);

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  const models = [
    { id: "dear", autoWeight: 1000, inputNanos: 9_000_000, outputNanos: 9_000_000 },
    { id: "middling", autoWeight: 1000, inputNanos: 5_000_000, outputNanos: 5_000_000 },
    { id: "cheap", autoWeight: 1, inputNanos: 1_000_000, outputNanos: 1_000_000 },
    { id: "apart", autoWeight: 0, inputNanos: 100_000, outputNanos: 100_000 },
  ];
  await addUpstream(gateway.db, { id: "two", baseUrl: upstream.baseUrl });
  await gateway.db.update(upstreams).set({ label: "Azure" }).where(eq(upstreams.id, "two"));
  const ways = ["one", "two"].map((upstreamId) => ({ upstreamId }));
  await addModel(gateway.db, { id: "shared", autoWeight: 0, routes: ways });
  for (const { id, autoWeight, ...price } of models) {
    await addModel(gateway.db, { id, autoWeight, price, routes: [{ upstreamId: "one" }] });
  }
});

afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

async function ask(body: Record<string, unknown>, scripts: Record<string, Script> = {}): Promise<Response> {
  for (const model of ["dear", "middling", "cheap", "apart", "shared"])
    upstream.script(`upstream-${model}`, scripts[model] ?? answers);
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }], ...body }),
  });
}

async function modelOf(answer: Response): Promise<unknown> {
  const body = (await answer.clone().json()) as { model?: unknown };
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return body.model;
}

describe("models", () => {
  it("are tried in their order, after `model`, and the one that serves is charged", async () => {
    const body = { model: "dear", models: ["middling", "apart"] };
    expect(await modelOf(await ask(body))).toBe("dear");
    const answer = await ask(body, { dear: fails, middling: fails });
    expect(await modelOf(answer)).toBe("apart");
    expect(answer.headers.get("x-gateway-attempts")).toBe("3");
    expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject({ model: "apart", state: "settled" });
    expect(upstream.received.at(-1)?.body).not.toHaveProperty("models");
  });

  it("serve without `model`; names that do not exist are skipped", async () => {
    expect(await modelOf(await ask({ models: ["gone", "cheap", "dear"] }))).toBe("cheap");
  });

  it("are an unknown model when none of them exists", async () => {
    const answer = await ask({ models: ["gone", "lost"] });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 1002, message: expect.stringContaining("gone") as string });
  });

  it.each([["cheap"], [5], [[1]], [["cheap", ""]], [Array.from({ length: 12 }, (_, n) => `m${n}`)]])(
    "that are %j are refused",
    async (models) => {
      const answer = await ask({ models });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 1002, error: { param: "models" } });
    },
  );
});

describe("auto:cheap", () => {
  it("takes the cheapest model of `auto` that works", async () => {
    for (let n = 0; n < 5; n++) expect(await modelOf(await ask({ model: "auto:cheap" }))).toBe("cheap");
    expect(await modelOf(await ask({ model: "auto:cheap" }, { cheap: fails }))).toBe("middling");
  });
});

describe("auto:fast", () => {
  it("takes the quickest, whatever the weights", async () => {
    const slowly: Script = async (exchange) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      exchange.json(completion("Hi"));
    };
    const scripts = { dear: slowly, middling: slowly };
    for (const model of ["dear", "middling", "cheap"]) await modelOf(await ask({ model }, scripts));
    for (let n = 0; n < 5; n++) {
      const answer = await ask({ model: "auto:fast" }, scripts);
      expect(await modelOf(answer)).toBe("cheap");
      expect(answer.headers.get("x-gateway-reason")).toBe("fastest");
    }
  });

  it("is refused with any other word after the colon", async () => {
    const answer = await ask({ model: "auto:best" });
    expect(answer.status).toBe(404);
  });
});

describe("provider", () => {
  it("chooses upstreams by their labels, and is not sent", async () => {
    const labelled = async (provider: object) => {
      const answer = await ask({ model: "shared", provider }, { shared: answers });
      expect(answer.status, await answer.clone().text()).toBe(200);
      expect(upstream.received.at(-1)?.body).not.toHaveProperty("provider");
      return upstream.received.at(-1)?.headers.authorization;
    };
    for (let n = 0; n < 5; n++) {
      expect(await labelled({ order: ["Azure"] })).toBe("Bearer credential-of-two");
      expect(await labelled({ ignore: ["azure"] })).toBe("Bearer credential-of-one");
    }
  });

  it("that leaves nothing is the client's 400; what means nothing here is named", async () => {
    const answer = await ask({ model: "shared", provider: { only: ["nobody"] } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 1002, error: { param: "provider" } });
    const warned = await ask(
      { model: "shared", provider: { quantizations: ["fp8"], max_price: { image: 1 } } },
      { shared: answers },
    );
    expect(warned.headers.get("x-gateway-warnings")).toBe(
      "dropped=provider.quantizations, dropped=provider.max_price.image",
    );
  });

  it("sorts by price like auto:cheap", async () => {
    for (let n = 0; n < 5; n++)
      expect(await modelOf(await ask({ model: "auto", provider: { sort: "price" } }))).toBe("cheap");
    expect(await modelOf(await ask({ model: "auto", provider: { max_price: { prompt: 5 } }, models: [] }))).not.toBe(
      "dear",
    );
  });
});
