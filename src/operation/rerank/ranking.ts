/** Documents, and how near each is to a question, whatever the wire. */
import type { Usage } from "../../core/units.ts";

export interface RerankRequest {
  readonly query: string;
  readonly documents: readonly string[];
  /** The best so many; undefined = all. */
  readonly top: number | undefined;
  /** A longer document is cut. */
  readonly maxTokensPerDocument: number | undefined;
}

export interface RankedDocument {
  /** Its place in the request. */
  readonly index: number;
  readonly score: number;
}

export interface RerankAnswer {
  /** The best first. */
  readonly ranked: readonly RankedDocument[];
  /** As reported. */
  readonly usage: Usage | undefined;
}

/** One search is a question with so many documents. @see https://docs.cohere.com/docs/how-does-cohere-pricing-work */
const DOCUMENTS_PER_SEARCH = 100;
/** A document with its question is cut into pieces of so many tokens, and each counts as one. */
const TOKENS_PER_PIECE = 500;

/** The searches of a request whose documents are short. */
export function leastSearches(documents: number): number {
  return Math.ceil(documents / DOCUMENTS_PER_SEARCH);
}

/** The most searches that documents of so many bytes can be, each with a question of so many: a token is a byte at least. */
export function mostSearches(questionBytes: number, documentBytes: readonly number[]): number {
  const room = Math.max(1, TOKENS_PER_PIECE - questionBytes);
  return leastSearches(documentBytes.reduce((pieces, bytes) => pieces + Math.max(1, Math.ceil(bytes / room)), 0));
}
