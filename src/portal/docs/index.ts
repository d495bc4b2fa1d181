/** Every page of the documentation, in the order in which they are listed. */
import { CHAT_COMPLETIONS } from "./api/chat-completions-api.ts";
import { START } from "./guides/start-guide.ts";
import type { Facts } from "./facts.ts";
import type { DocPage, EndpointDoc } from "./types.ts";

export const DOC_PAGES: readonly DocPage[] = [START, CHAT_COMPLETIONS];

/** @param path such as `/docs/limits` */
export function docPageAt(path: string): DocPage | undefined {
  return DOC_PAGES.find((page) => page.path === path);
}

/** Every endpoint that is described. */
export function endpointDocs(facts: Facts): readonly EndpointDoc[] {
  return DOC_PAGES.flatMap(({ endpoints }) => endpoints?.(facts) ?? []);
}
