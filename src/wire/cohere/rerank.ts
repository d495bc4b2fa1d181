/**
 * Cohere's rerank, version 2. It takes texts alone, and does not give them back.
 * @see https://docs.cohere.com/reference/rerank
 */
import { jsonPayload, type Payload } from "../../core/payload.ts";
import type { RerankRequest } from "../../operation/rerank/ranking.ts";
import type { Carried } from "../codec.ts";
import { readAnswer, readRequest, rerank, writeAnswer } from "../jina/rerank.ts";
import type { ClientRequest, Outgoing, Target, Wire } from "../types.ts";
import { only } from "../values.ts";

export const cohereRerank: Wire = {
  ...rerank,
  name: "cohere.rerank",
  read: (payload, match) => ({ ...rerank.read(payload, match), wire: cohereRerank }),
  write: writeOwn,
  wholeCodecs: { rerank: { readRequest, writeRequest, readAnswer, writeAnswer } },
};

function writeOwn(request: ClientRequest, target: Target): Outgoing {
  const { value, dropped: unread } = readRequest(request);
  const { value: payload, dropped } = writeRequest(value, target);
  return { payload, dropped: [...unread, ...dropped] };
}

function writeRequest(request: RerankRequest, target: Target): Carried<Payload> {
  const { query, documents, top, maxTokensPerDocument } = request;
  const body = only({
    model: target.model,
    query,
    documents,
    top_n: top === undefined ? undefined : Math.min(top, documents.length),
    max_tokens_per_doc: maxTokensPerDocument,
  });
  return { value: jsonPayload(body), dropped: [] };
}
