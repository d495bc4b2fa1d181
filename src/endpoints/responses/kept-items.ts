/** What kept rows hold: items of clients and of models. */
import { itemTexts } from "../../core/json-text.ts";
import type { Services } from "../../services.ts";
import type { Content, Stored } from "../../state/state-store.ts";
import { idOf, outputItems } from "../../wire/openai/response-state.ts";

/** For whom something is kept. */
export interface Keeper {
  readonly services: Services;
  readonly accountId: string;
  readonly defer: (work: Promise<unknown>) => void;
}

export function contentOf(input: readonly string[], response?: string): Content {
  const text = `[${input.join(",")}]`;
  return response === undefined ? { input: text } : { input: text, response };
}

/** The ids by which clients may refer to items. */
export function namesOf(items: readonly string[]): string[] {
  return items.flatMap((item) => idOf(item) ?? []).filter((id) => /^[\w.:-]{1,100}$/.test(id));
}

/** The texts of all items of a row, those of the client first. */
export function itemsOf({ content: { input, response, removed = [] } }: Stored): string[] {
  const items = [...itemTexts(input), ...(response === undefined ? [] : outputItems(response))];
  return removed.length === 0 ? items : items.filter((item) => !removed.includes(idOf(item) ?? ""));
}
