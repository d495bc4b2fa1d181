/** What can be embedded, and its vectors, whatever the wire. */
import type { Usage } from "../../core/units.ts";

/** A text, or the numbers of its tokens. */
export type EmbedInput = string | readonly number[];

export interface EmbedRequest {
  readonly inputs: readonly EmbedInput[];
  /** The length of each vector; undefined = the model's own. */
  readonly dimensions: number | undefined;
  /** What the vectors are for, in Google's words, such as `RETRIEVAL_QUERY`. */
  readonly task: string | undefined;
  /** The title of the document that is embedded. */
  readonly title: string | undefined;
}

/** A vector's numbers, or its 32-bit floats, little-endian, in base64. */
export type Vector = readonly number[] | string;

export interface EmbedAnswer {
  /** One for each input, in their order. */
  readonly vectors: readonly Vector[];
  /** As reported. */
  readonly usage: Usage | undefined;
}

/** @throws Error for a text that is no base64 of whole floats */
export function floatsOf(vector: Vector): readonly number[] {
  if (typeof vector !== "string") return vector;
  const binary = atob(vector);
  if (binary.length === 0 || binary.length % 4 !== 0) throw new Error("no whole number of floats");
  const view = new DataView(new ArrayBuffer(binary.length));
  for (let at = 0; at < binary.length; at++) view.setUint8(at, binary.charCodeAt(at));
  return Array.from({ length: binary.length / 4 }, (_, position) => view.getFloat32(4 * position, true));
}

/** More would overflow the stack: each byte is an argument. */
const PIECE = 0x8000;

export function base64Of(vector: Vector): string {
  if (typeof vector === "string") return vector;
  const bytes = new Uint8Array(4 * vector.length);
  const view = new DataView(bytes.buffer);
  for (const [position, value] of vector.entries()) view.setFloat32(4 * position, value, true);
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}

/** Nearer to 1 than this, a length is 1 but for rounding. */
const UNIT = 1e-3;

/** The vector at length 1. One that has this length already, or none, stays as it is. */
export function normalised(vector: readonly number[]): readonly number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length === 0 || !Number.isFinite(length) || Math.abs(length - 1) < UNIT) return vector;
  return vector.map((value) => value / length);
}
