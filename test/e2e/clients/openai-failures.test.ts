import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chunk, completion, type Exchange, type Script } from "../../support/upstream.ts";
import { startGateway } from "../../support/gateway.ts";
import { failureOf, IMPATIENT, SCRIPT, SCRIPTED, startStage, SURFACES, UNREACHABLE, type Stage } from "./stage.ts";

const HELLO = [{ role: "user" as const, content: "Hello" }];

let stage: Stage;

beforeAll(async () => {
  stage = await startStage(startGateway);
});

afterAll(async () => {
  await stage.close();
});

describe.each(SURFACES)("the openai SDK on %s, when it goes wrong,", (surface) => {
  let client: OpenAI;
  /** Tries again, as the SDK does by default. */
  let patient: OpenAI;

  beforeAll(() => {
    const baseURL = stage.gateway.url + surface;
    client = new OpenAI({ apiKey: stage.gateway.key, baseURL, maxRetries: 0 });
    patient = new OpenAI({ apiKey: stage.gateway.key, baseURL });
  });

  /** The error that a call throws, of the class that the SDK gives to its status. */
  async function refused(call: PromiseLike<unknown>, type: new (...values: never[]) => SdkError) {
    const error = await failureOf(call);
    expect(error, shown(error)).toBeInstanceOf(type);
    const { status, code, type: word, param, message, requestID, error: object, headers } = error as SdkError;
    const { message: text = "" }: { message?: string } = object ?? {};
    expect(message, shown(error)).toBe(`${status} ${text}`);
    expect(requestID, shown(error)).toMatch(/^req_/);
    return { status, code, type: word, param, text, headers };
  }

  /** The requests that a script got while `act` ran. */
  async function exchangesDuring(script: Script, act: () => Promise<unknown>): Promise<Exchange[]> {
    stage.upstream.script(SCRIPT, script);
    const before = stage.upstream.received.length;
    await act();
    return stage.upstream.received.slice(before);
  }

  const create = async (model: string) => client.chat.completions.create({ model, messages: HELLO });
  const createStream = async (model: string) =>
    client.chat.completions.create({ model, messages: HELLO, stream: true });

  it.each(["sk-wrong", "sk-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"])(
    "throws AuthenticationError for the key %s",
    async (apiKey) => {
      const stranger = client.withOptions({ apiKey });
      const chat = stranger.chat.completions.create({ model: "auto", messages: HELLO });
      const refusals = await Promise.all([
        refused(chat, AuthenticationError),
        refused(stranger.models.list(), AuthenticationError),
      ]);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({ status: 401, type: "authentication_error", code: "invalid_api_key" });
        expect(refusal.headers?.get("www-authenticate")).toBe("Bearer");
      }
    },
  );

  it("says that an unknown model is unknown", async () => {
    const type = surface === "/v1" ? NotFoundError : BadRequestError;
    const refusal = await refused(create("gpt-nowhere"), type);
    expect(refusal).toMatchObject({ code: "model_not_found", type: "not_found", param: "model" });
    expect(refusal.text).toContain("gpt-nowhere");
    expect(await refused(client.models.retrieve("no/where"), type)).toMatchObject({ code: "model_not_found" });
  });

  it("throws NotFoundError for an unknown path, and names the path that was meant", async () => {
    const refusal = await refused(client.post("/chat/completion", { body: {} }), NotFoundError);
    expect(refusal).toMatchObject({ code: "unknown_url", type: "not_found" });
    expect(refusal.text).toContain(`${surface}/chat/completions`);
  });

  it("throws for a wrong method, with 405 and Allow", async () => {
    const refusal = await refused(client.get("/chat/completions"), APIError);
    expect(refusal).toMatchObject({ status: 405, code: "method_not_allowed", type: "invalid_request_error" });
    expect(refusal.headers?.get("allow")).toContain("POST");
  });

  it("throws BadRequestError for what the gateway does not accept, and names the parameter", async () => {
    const empty = client.chat.completions.create({ model: "auto", messages: [] });
    expect(await refused(empty, BadRequestError)).toMatchObject({ code: "invalid_value", param: "messages" });
    const several = client.completions.create({ model: "gpt-4o", prompt: ["one", "two"] });
    expect(await refused(several, BadRequestError)).toMatchObject({
      code: "unsupported_parameter",
      param: "prompt",
    });
  });

  it("throws BadRequestError with the upstream's message, without its names", async () => {
    const message = `Invalid 'temperature' for ${SCRIPT}: at most 2. See https://vendor.example.com/docs`;
    const exchanges = await exchangesDuring(
      (exchange) => exchange.json({ error: { message, type: "invalid_request_error", param: "temperature" } }, 400),
      async () => {
        const refusal = await refused(
          patient.chat.completions.create({ model: SCRIPTED, messages: HELLO, temperature: 3 }),
          BadRequestError,
        );
        expect(refusal).toMatchObject({ status: 400, type: "invalid_request_error", param: "temperature" });
        expect(refusal.text).toBe(`Invalid 'temperature' for ${SCRIPTED}: at most 2. See [url]`);
      },
    );
    expect(exchanges.length, "a request that is refused is not made again").toBe(1);
  });

  it("throws RateLimitError with the upstream's wait", async () => {
    stage.upstream.script(SCRIPT, (exchange) =>
      exchange.json({ error: { message: "slow down, org-12345678", code: "rate_limit_exceeded" } }, 429, {
        "retry-after": "7",
      }),
    );
    for (const ask of [create, createStream]) {
      const refusal = await refused(ask(SCRIPTED), RateLimitError);
      expect(refusal).toMatchObject({ code: "upstream_rate_limited", type: "rate_limit_exceeded" });
      expect(refusal.text).not.toContain("org-");
      expect(refusal.headers?.get("retry-after")).toBe("7");
    }
  });

  it.each([
    ["an error", 500, { error: { message: "boom at vendor-host" } }],
    [
      "a refusal of the gateway's credential",
      401,
      { error: { message: "Incorrect API key", code: "invalid_api_key" } },
    ],
    ["the end of the gateway's funds", 402, { error: { message: "Insufficient balance" } }],
    ["an error in an answer of status 200", 200, { error: { message: "boom at vendor-host" } }],
    ["an empty answer", 200, { ...completion(""), usage: undefined }],
  ])("throws InternalServerError 502 when the upstream answers with %s", async (_what, status, body) => {
    stage.upstream.script(SCRIPT, (exchange) => exchange.json(body, status));
    for (const ask of [create, createStream]) {
      const refusal = await refused(ask(SCRIPTED), InternalServerError);
      expect(refusal).toMatchObject({ status: 502, code: "bad_gateway", type: "upstream_error" });
      expect(refusal.text).not.toMatch(/vendor|boom|balance|key/i);
    }
  });

  it("throws InternalServerError 503 when the upstream cannot be reached", async () => {
    for (const ask of [create, createStream]) {
      const refusal = await refused(ask(UNREACHABLE), InternalServerError);
      expect(refusal).toMatchObject({ status: 503, code: "no_available_route", type: "service_unavailable" });
      expect(Number(refusal.headers?.get("retry-after"))).toBeGreaterThan(0);
    }
  });

  it("throws InternalServerError 504 when the upstream does not answer in time", async () => {
    stage.upstream.script(SCRIPT, () => undefined);
    for (const ask of [create, createStream]) {
      const refusal = await refused(ask(IMPATIENT), InternalServerError);
      expect(refusal).toMatchObject({ status: 504, code: "upstream_timeout", type: "upstream_error" });
    }
  });

  it.each<[string, Script]>([
    ["says so", (exchange) => exchange.event({ error: { message: "boom at vendor-host", code: "server_error" } })],
    ["breaks the connection", (exchange) => exchange.reset()],
    ["stops in the middle", (exchange) => exchange.response.end()],
  ])("throws in a stream whose upstream %s, after what came before", async (_how, fail) => {
    const read = Promise.withResolvers<void>();
    stage.upstream.script(SCRIPT, async (exchange) => {
      exchange.openStream();
      exchange.event(chunk({ role: "assistant", content: "Half " }));
      await read.promise;
      await fail(exchange);
    });
    let text = "";
    const reading = (async () => {
      for await (const piece of await createStream(SCRIPTED)) {
        text += piece.choices[0]?.delta.content ?? "";
        read.resolve();
      }
    })();
    const error = await failureOf(reading);
    expect(error, shown(error)).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: "bad_gateway", type: "upstream_error" });
    expect(shown(error)).not.toMatch(/boom|vendor-host/);
    expect(text).toBe("Half ");
    await expect.poll(() => stage.gateway.requestLog().at(-1)).toMatchObject({ ending: "failed", status: 200 });
  });

  it("stops the upstream when it aborts a stream in the middle", async () => {
    let text = "";
    const [exchange] = await exchangesDuring(
      async (exchange) => {
        exchange.openStream();
        exchange.event(chunk({ role: "assistant", content: "Hi" }));
        // The gateway notices that the client has left at its next write.
        const more = setInterval(() => exchange.event(chunk({ content: "." })), 20);
        await exchange.closed;
        clearInterval(more);
      },
      async () => {
        const stream = await createStream(SCRIPTED);
        for await (const piece of stream) {
          text += piece.choices[0]?.delta.content ?? "";
          break;
        }
        expect(stream.controller.signal.aborted).toBe(true);
      },
    );
    await exchange?.closed;
    expect(text).toBe("Hi");
    expect(exchange?.response.writableEnded, "the script itself has not ended the answer").toBe(false);
    await expect
      .poll(() => stage.gateway.requestLog().at(-1))
      .toMatchObject({ ending: "abandoned", model: SCRIPTED, stream: true });
  });

  it("tries again after a rate limit and an upstream's error, and gets its answer", async () => {
    const script: Script = (exchange) => {
      const turn = turns.shift();
      if (turn === 429) exchange.json({ error: { message: "slow down" } }, 429, { "retry-after-ms": "1" });
      else if (turn === 500) exchange.json({ error: { message: "boom" } }, 500);
      else exchange.json(completion("At last"));
    };
    const turns = [429, 500];
    const exchanges = await exchangesDuring(script, async () => {
      const answer = await patient.chat.completions.create({ model: SCRIPTED, messages: HELLO });
      expect(answer.choices[0]?.message.content, JSON.stringify(answer)).toBe("At last");
    });
    expect(exchanges.length).toBe(3);
  });
});

type SdkError = InstanceType<typeof APIError>;

function shown(error: unknown): string {
  return error instanceof APIError ? `${error.name} ${error.status} ${JSON.stringify(error.error)}` : String(error);
}
