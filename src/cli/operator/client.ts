/** The operator API, as far as the commands use it. */
import { Problem } from "./problem.ts";

export type JsonObject = Record<string, unknown>;

export class OperatorClient {
  readonly #url: string;
  readonly #token: string;

  /** @param url without a trailing slash */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @param path below `/admin/api` @throws Problem with the server's message */
  async send(method: "GET" | "POST" | "PATCH", path: string, body?: JsonObject): Promise<JsonObject> {
    const { status, answer } = await this.#send(method, path, body);
    if (status < 400) return answer;
    throw refusal(method, path, status, answer);
  }

  /** Like {@link send}, but returns undefined when the server answers with the status `expected`. */
  async sendUnless(
    expected: 404 | 409,
    method: "GET" | "POST",
    path: string,
    body?: JsonObject,
  ): Promise<JsonObject | undefined> {
    const { status, answer } = await this.#send(method, path, body);
    if (status < 400) return answer;
    if (status === expected) return undefined;
    throw refusal(method, path, status, answer);
  }

  /** Every row of a list. */
  async all(path: string): Promise<JsonObject[]> {
    const rows: JsonObject[] = [];
    let cursor = "";
    do {
      const page = await this.send("GET", `${path}?limit=100${cursor}`);
      rows.push(...(page["data"] as JsonObject[]));
      cursor = typeof page["next_cursor"] === "string" ? `&cursor=${page["next_cursor"]}` : "";
    } while (cursor !== "");
    return rows;
  }

  /** As somebody who is nobody to the gateway. @param path below its address */
  async outside(path: string, init: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await this.#fetch(path, init);
    return { status: answer.status, text: await answer.text() };
  }

  async #send(
    method: string,
    path: string,
    body: JsonObject | undefined,
  ): Promise<{ status: number; answer: JsonObject }> {
    const answer = await this.#fetch(`/admin/api${path}`, {
      method,
      redirect: "error",
      headers: {
        authorization: `Bearer ${this.#token}`,
        "accept-language": "en",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    try {
      return { status: answer.status, answer: JSON.parse(text) as JsonObject };
    } catch {
      throw new Problem(
        `${this.#url} answered ${answer.status} with something that is not JSON: is it a Token Gateway?`,
      );
    }
  }

  /** @throws Problem when nobody answers */
  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#url + path, init);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
      throw new Problem(
        `There is no answer from ${this.#url}${cause}. Is the gateway running? (npm run dev, or GATEWAY_URL)`,
      );
    }
  }
}

function refusal(method: string, path: string, status: number, answer: JsonObject): Problem {
  const message = typeof answer["message"] === "string" ? answer["message"] : "no reason given";
  const hint =
    status === 401
      ? " Set ADMIN_TOKEN to the gateway's own."
      : status === 404 && message.startsWith("There is nothing at")
        ? " Has the gateway an ADMIN_TOKEN?"
        : "";
  return new Problem(`${message}${hint} (${method} /admin/api${path}: ${status})`);
}
