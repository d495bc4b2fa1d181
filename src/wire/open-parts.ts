/** Puts together the parts of one choice from an upstream's pieces that do not say where a part begins and ends. */
import type { ChatEvent, PartStart } from "../operation/chat/answer-events.ts";

export class OpenParts {
  readonly choice: number;
  /** Where events go; set for each piece. */
  events: ChatEvent[] = [];
  #count = 0;
  /** The text, thought or refusal under way. */
  #open: { readonly part: number; readonly type: PartStart["type"] } | undefined;

  constructor(choice: number) {
    this.choice = choice;
  }

  /** More of a text, a thought or a refusal. Nothing comes of an empty one. */
  say(type: PartStart["type"], text: unknown): void {
    if (typeof text !== "string" || text === "") return;
    this.events.push({ kind: "delta", choice: this.choice, part: this.open(type), text });
  }

  /** The number of the part of this type that is open; opens one if none is. */
  open(type: PartStart["type"]): number {
    if (this.#open?.type === type) return this.#open.part;
    const part = this.start({ type });
    this.#open = { part, type };
    return part;
  }

  /** Ends the part that {@link open} opened. */
  close(): void {
    if (this.#open !== undefined) this.end(this.#open.part);
    this.#open = undefined;
  }

  /** Begins a part that the caller ends itself. @returns its number */
  start(start: Omit<PartStart, "kind" | "choice" | "part">): number {
    this.close();
    const part = this.#count++;
    this.events.push({ kind: "part-start", choice: this.choice, part, ...start });
    return part;
  }

  end(part: number): void {
    this.events.push({ kind: "part-end", choice: this.choice, part });
  }
}
