/** Clients of a run that want films: most wait for them, some leave, some ask twice, some with a key and some without. */
import { FILM } from "../support/video-upstream.ts";
import type { Payer, Target } from "./clients.ts";
import { Dice } from "./dice.ts";
import { marked } from "./journal.ts";

const FILM_KINDS = {
  waits: 36,
  "leaves at once": 12,
  "leaves for good": 12,
  "asks again with its key": 16,
  "asks thrice at once with its key": 10,
  "says that it asks again": 6,
  "another film with its key": 4,
  "bad film": 4,
};
export type FilmKind = keyof typeof FILM_KINDS;

/** Numbers of requests for films begin here; those of chats are smaller. */
export const FIRST_FILM = 1_000_000;

/** Those who ask for one film, however often they ask. */
export const ASKS_FOR_ONE: ReadonlySet<FilmKind> = new Set([
  "asks again with its key",
  "asks thrice at once with its key",
  "says that it asks again",
]);
/** Who asks nothing unusual, and waits until it is told of its film. */
export const FILM_WELL_BEHAVED: ReadonlySet<FilmKind> = new Set([...ASKS_FOR_ONE, "waits", "leaves for good"]);

export interface FilmOutcome {
  readonly number: number;
  readonly kind: FilmKind;
  readonly payer: string;
  readonly model: string;
  readonly startMs: number;
  endMs: number;
  /** Of all answers to its requests for a film; 0 = there was none. */
  readonly statuses: number[];
  /** Of all answers to its questions how its film is doing. */
  readonly looks: Set<number>;
  /** Of the tasks that it was told of. */
  readonly ids: Set<string>;
  /** The ends that it was told. */
  readonly ends: Set<string>;
  /** Whether it has got the film; undefined = it did not ask. */
  hasFilm: boolean | undefined;
}

/** How often a client looks how its film is doing, and how long. */
const LOOKS_MS = 1000;
const PATIENCE_MS = 25_000;
/** A client whose answer is lost asks again so often. */
const TRIES = 6;

export interface FilmTarget extends Target {
  /** Pending while the gateway starts again. */
  readonly ready: () => Promise<void>;
}

/** Asks for the film of this number. Never rejects. */
export async function sendFilmRequest(number: number, seed: number, target: FilmTarget): Promise<FilmOutcome> {
  const dice = new Dice(seed ^ Math.imul(number, 0x9e3779b1));
  const payer = target.payers[dice.between(0, target.payers.length - 1)];
  if (payer === undefined) throw new Error("nobody pays");
  const outcome: FilmOutcome = {
    number,
    kind: dice.pick(FILM_KINDS),
    payer: payer.name,
    model: dice.pick({ film: 60, "risky-film": 40 }),
    startMs: Date.now(),
    endMs: 0,
    statuses: [],
    looks: new Set(),
    ids: new Set(),
    ends: new Set(),
    hasFilm: undefined,
  };
  await new FilmClient(outcome, { dice, payer, target }).ask().catch(() => undefined);
  outcome.endMs = Date.now();
  return outcome;
}

interface Beside {
  readonly dice: Dice;
  readonly payer: Payer;
  readonly target: FilmTarget;
}

class FilmClient {
  readonly #outcome: FilmOutcome;
  readonly #payer: Payer;
  readonly #target: FilmTarget;
  readonly #leaveAfterMs: number;
  readonly #body: Record<string, unknown>;

  constructor(outcome: FilmOutcome, { dice, payer, target }: Beside) {
    const { number, kind, model } = outcome;
    this.#outcome = outcome;
    this.#payer = payer;
    this.#target = target;
    this.#leaveAfterMs = dice.between(0, 60);
    const seconds = kind === "bad film" ? "forever" : dice.pick({ "4": 2, "8": 1 });
    this.#body = { model, prompt: marked(number, "a cat"), seconds };
  }

  async ask(): Promise<void> {
    const { number, kind } = this.#outcome;
    const key = { "idempotency-key": `film-${number}` };
    switch (kind) {
      case "waits":
        await this.#submit();
        return this.#await();
      case "leaves at once":
        return this.#submit({}, AbortSignal.timeout(this.#leaveAfterMs));
      case "bad film":
      case "leaves for good":
        return this.#submit();
      case "asks again with its key":
        await this.#untilTold(() => key);
        return this.#await();
      case "says that it asks again":
        await this.#untilTold((tries) => (tries === 0 ? {} : { "x-stainless-retry-count": String(tries) }));
        return this.#await();
      case "asks thrice at once with its key":
        await Promise.all([1, 2, 3].map(async () => this.#submit(key).catch(() => undefined)));
        await this.#untilTold(() => key);
        return this.#await();
      case "another film with its key":
        await this.#submit(key);
        this.#body["prompt"] = marked(number, "a dog");
        return this.#submit(key);
    }
  }

  /** Asks for the film, and again while the answer is lost or says that it is too early. */
  async #untilTold(headers: (tries: number) => Record<string, string>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      await this.#target.ready();
      const told = this.#outcome.statuses.length;
      await this.#submit(headers(tries)).catch(() => undefined);
      const status = this.#outcome.statuses[told] ?? 0;
      if (status !== 0 && status !== 409 && status < 500) return;
      await pause(LOOKS_MS);
    }
  }

  async #submit(headers: Record<string, string> = {}, signal?: AbortSignal): Promise<void> {
    const { statuses, ids, number } = this.#outcome;
    const response = await this.#fetch("", {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": `c${number}`, ...headers },
      body: JSON.stringify(this.#body),
      ...(signal === undefined ? {} : { signal }),
    });
    const body = (await response.json()) as { id?: string };
    statuses.push(response.status);
    if (response.status === 200) ids.add(String(body.id));
  }

  /** Looks how the film is doing until it is over, and fetches it. */
  async #await(): Promise<void> {
    const [id] = this.#outcome.ids;
    if (id === undefined) return;
    const endMs = Date.now() + PATIENCE_MS;
    while (Date.now() < endMs) {
      await pause(LOOKS_MS);
      await this.#target.ready();
      const status = await this.#look(id).catch(() => undefined);
      if (status === "completed") return this.#download(id);
      if (status === "failed") return;
    }
  }

  async #look(id: string): Promise<string | undefined> {
    const response = await this.#fetch(`/${id}`);
    this.#outcome.looks.add(response.status);
    const { status } = (await response.json()) as { status?: string };
    if (status === "completed" || status === "failed") this.#outcome.ends.add(status);
    return status;
  }

  async #download(id: string): Promise<void> {
    this.#outcome.hasFilm = false;
    const response = await this.#fetch(`/${id}/content`);
    const bytes = Buffer.from(await response.arrayBuffer());
    this.#outcome.hasFilm = response.status === 200 && bytes.equals(FILM);
    // It is as it was.
    await this.#look(id);
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#target.url()}/v1/videos${path}`, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.#payer.key}` },
    });
  }
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
