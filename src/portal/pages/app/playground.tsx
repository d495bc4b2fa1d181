/**
 * `/app/playground`: a chat request through the relay, as any client's. Without a script the answer comes as a page; with
 * one it is shown while it is made.
 */
import { readReceipt } from "../../../accounts/charges.ts";
import { isObject, objectsOf, type JsonObject } from "../../../core/json.ts";
import { publicRoutes } from "../../../routing/catalogue.ts";
import { AUTO } from "../../../routing/plan.ts";
import { filled, readForm, type Choice, type FormState } from "../../form.ts";
import type { Content, Page } from "../../page.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts } from "../../parts/table.tsx";
import { anyText, checked } from "../../rules.ts";
import { SAMPLES, type ChatSample } from "../../samples.ts";
import { PLAYGROUND } from "../../text/playground-text.ts";
import type { OwnVisit } from "../../visit.ts";

const LONGEST = 100_000;

async function fieldsFor({ services, context }: OwnVisit) {
  const { defer } = context.env;
  const { catalogue, prices } = services.relay;
  const [known, priceOf] = await Promise.all([catalogue.current(defer), prices.current(defer)]);
  const ids = [...publicRoutes(known, (model) => priceOf(model) !== undefined).keys()];
  const choices: readonly Choice[] = [AUTO, ...ids].map((id) => ({ value: id, label: id }));
  return {
    model: {
      label: PLAYGROUND.model,
      input: "select",
      required: true,
      choices,
      rule: (text: string) => ({ value: choices.some(({ value }) => value === text) ? text : AUTO }),
    },
    system: { label: PLAYGROUND.system, input: "lines", rule: anyText(LONGEST) },
    message: {
      label: PLAYGROUND.message,
      input: "long",
      required: true,
      rule: (text: string) =>
        text === "" ? { problem: PLAYGROUND.messageProblem } : { value: text.slice(0, LONGEST) },
    },
    stream: { label: PLAYGROUND.stream, input: "checkbox", rule: checked },
  } as const;
}

type Values = { readonly model: string; readonly system: string; readonly message: string };

function sampleOf({ model, system, message }: Values): ChatSample {
  return {
    model,
    messages: [...(system === "" ? [] : [{ role: "system", content: system }]), { role: "user", content: message }],
  };
}

async function ask(visit: OwnVisit, sample: ChatSample): Promise<Response> {
  const { context, person, origin, language } = visit;
  const address = context.req.header("cf-connecting-ip");
  return context.env.ask(
    new Request(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await visit.playgroundKey(person.accountId)}`,
        "content-type": "application/json",
        "accept-language": language,
        ...(address === undefined ? {} : { "cf-connecting-ip": address }),
      },
      body: JSON.stringify(sample),
      signal: context.req.raw.signal,
    }),
  );
}

interface Shown {
  readonly state: FormState;
  readonly result?: Result;
}

interface Result {
  readonly sample: ChatSample;
  readonly answer: Response;
  readonly text: string;
}

async function page(visit: OwnVisit, { state, result }: Shown): Promise<Content> {
  const { say } = visit;
  return {
    title: PLAYGROUND.title,
    status: Object.keys(state.problems).length === 0 ? 200 : 422,
    body: (
      <>
        <p>{say(PLAYGROUND.how)}</p>
        <div class="playground" data-playground="/app/playground/stream" data-cost="/app/playground/cost">
          <Form visit={visit} fields={await fieldsFor(visit)} state={state} submit={say(PLAYGROUND.send)} />
          <section class="live" data-live hidden>
            <h2>{say(PLAYGROUND.answer)}</h2>
            <details data-live-reasoning hidden>
              <summary>{say(PLAYGROUND.reasoning)}</summary>
              <pre></pre>
            </details>
            <div class="answer" data-live-answer role="log" aria-live="polite"></div>
            <p data-live-facts></p>
            <button type="button" class="quiet" data-live-stop>
              {say(PLAYGROUND.stop)}
            </button>
            <details>
              <summary>{say(PLAYGROUND.raw)}</summary>
              <pre data-live-raw tabindex={0}></pre>
            </details>
          </section>
        </div>
        {result === undefined ? null : await Answer({ visit, result })}
      </>
    ),
  };
}

async function Answer({ visit, result: { sample, answer, text } }: { visit: OwnVisit; result: Result }) {
  const { say, format, origin } = visit;
  const parsed = parse(text);
  const [choice] = objectsOf(parsed["choices"]);
  const message = isObject(choice?.["message"]) ? choice["message"] : {};
  const usage = isObject(parsed["usage"]) ? parsed["usage"] : {};
  const error = isObject(parsed["error"]) ? parsed["error"] : undefined;
  const requestId = answer.headers.get("x-request-id") ?? "";
  const cost = await costOf(visit, requestId);
  return (
    <section>
      <h2>{say(PLAYGROUND.answer)}</h2>
      {answer.ok ? null : (
        <Notice kind="bad">
          {say(PLAYGROUND.failed)}: {typeof error?.["message"] === "string" ? error["message"] : answer.status}
        </Notice>
      )}
      {typeof message["reasoning_content"] === "string" ? (
        <details>
          <summary>{say(PLAYGROUND.reasoning)}</summary>
          <pre tabindex={0}>{message["reasoning_content"]}</pre>
        </details>
      ) : null}
      <div class="answer">{typeof message["content"] === "string" ? message["content"] : ""}</div>
      <Facts
        visit={visit}
        facts={[
          ...(typeof parsed["model"] === "string"
            ? [[PLAYGROUND.served, <code>{answer.headers.get("x-gateway-model") ?? parsed["model"]}</code>] as const]
            : []),
          ...(typeof usage["prompt_tokens"] === "number"
            ? [
                [
                  PLAYGROUND.usage,
                  say(PLAYGROUND.usageText, {
                    input: format.number(usage["prompt_tokens"]),
                    output: format.number(Number(usage["completion_tokens"] ?? 0)),
                  }),
                ] as const,
              ]
            : []),
          ...(cost === undefined ? [] : [[PLAYGROUND.cost, cost] as const]),
          [PLAYGROUND.receipt, <a href={`/app/requests/${requestId.replace("req_", "")}`}>{requestId}</a>],
        ]}
      />
      <details>
        <summary>{say(PLAYGROUND.headers)}</summary>
        <pre tabindex={0}>{[...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
      </details>
      <details>
        <summary>{say(PLAYGROUND.raw)}</summary>
        <pre tabindex={0}>{text}</pre>
      </details>
      <h2>{say(PLAYGROUND.asCode)}</h2>
      <p class="muted">{say(PLAYGROUND.ownKey)}</p>
      {SAMPLES.map(({ name, write }) => (
        <CodeBlock visit={visit} text={write(origin, sample)} what={name} title={name} />
      ))}
    </section>
  );
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** undefined = the request has no charge, or it is still open. */
async function costOf({ services, person, format }: OwnVisit, requestId: string): Promise<string | undefined> {
  const receipt = await readReceipt(services, { accountId: person.accountId, chargeId: requestId }).catch(
    () => undefined,
  );
  return receipt?.state === "settled" ? format.amount(receipt.amountNanos) : undefined;
}

async function send(visit: OwnVisit, data: FormData): Promise<Content> {
  const read = readForm(await fieldsFor(visit), data);
  if (!read.ok) return page(visit, { state: read });
  const sample = sampleOf(read.values);
  const answer = await ask(visit, sample);
  return page(visit, { state: filled(read.sent), result: { sample, answer, text: await answer.text() } });
}

/** For the script: the stream as the relay gives it, without headers that only clients of the API should see. */
async function stream(visit: OwnVisit, data: FormData): Promise<Response> {
  const read = readForm(await fieldsFor(visit), data);
  const { context } = visit;
  if (!read.ok) return Response.json({ error: { message: visit.say(PLAYGROUND.messageProblem) } }, { status: 422 });
  const answer = await ask(visit, { ...sampleOf(read.values), stream: true });
  const shown = new Headers({ "cache-control": "no-store", "x-request-id": context.env.log.requestId });
  shown.set("content-type", answer.headers.get("content-type") ?? "application/json");
  shown.set("x-relayed-request", answer.headers.get("x-request-id") ?? "");
  return new Response(answer.body, { status: answer.status, headers: shown });
}

/** For the script: what a request cost; empty while it is not settled. */
async function cost(visit: OwnVisit): Promise<Response> {
  const { context } = visit;
  const text = (await costOf(visit, context.req.query("id") ?? "")) ?? "";
  return new Response(text, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-request-id": context.env.log.requestId,
    },
  });
}

export const PLAYGROUND_PAGES: readonly Page[] = [
  {
    path: "/app/playground",
    access: "proven",
    get: async (visit) => page(visit, { state: filled({ model: AUTO, stream: "on" }) }),
    post: send,
  },
  { path: "/app/playground/stream", access: "proven", post: stream },
  { path: "/app/playground/cost", access: "proven", get: cost },
];
