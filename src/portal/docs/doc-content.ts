/** A page with its blocks made: what HTML, Markdown and the search are written from. Pure. */
import { endpointBlocks, type EndpointBlocks } from "./endpoint-blocks.ts";
import type { Facts } from "./facts.ts";
import type { SnippetLanguage } from "./snippets/snippet.ts";
import type { Block, DocPage } from "./types.ts";

export interface DocContent {
  readonly page: DocPage;
  readonly before: readonly Block[];
  readonly endpoints: readonly EndpointBlocks[];
  readonly after: readonly Block[];
}

export function contentOf(page: DocPage, facts: Facts, snippets: SnippetLanguage): DocContent {
  const docs = page.endpoints?.(facts) ?? [];
  return {
    page,
    before: page.blocks?.(facts) ?? [],
    endpoints: docs.map((doc, at) => endpointBlocks(doc, docs.slice(0, at), facts, snippets)),
    after: page.rest?.(facts) ?? [],
  };
}

/** All blocks, in the order in which they are read. */
export function blocksIn({ before, endpoints, after }: DocContent): readonly Block[] {
  return [
    ...before,
    ...endpoints.flatMap(({ intro, samples, rest, errors }) => [
      ...intro,
      ...samples.flatMap((sample) => [...sample.intro, sample.request, sample.answer]),
      ...rest,
      ...errors,
    ]),
    ...after,
  ];
}
