/** Forms (`multipart/form-data`): what came, and what goes on to an upstream. Files stand in memory once, as they came. */
import { joined } from "./joined.ts";

/** A part of a form. */
export interface FormPart {
  readonly name: string;
  /** Of a file; undefined = a field. */
  readonly filename?: string | undefined;
  /** The media type that the part says it has. */
  readonly type?: string | undefined;
  /** What it holds, in pieces that may be views of a larger body. */
  readonly pieces: readonly Uint8Array[];
}

export type Form = readonly FormPart[];

export function sizeOf({ pieces }: FormPart): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

/** All that a part holds: the body's own memory where it came in one piece. */
export function bytesOf(part: FormPart): Uint8Array {
  return joined(part.pieces);
}

/** The text of a field. */
export function textOfPart(part: FormPart): string {
  return new TextDecoder().decode(bytesOf(part));
}

export function fieldPart(name: string, value: string): FormPart {
  return { name, pieces: [new TextEncoder().encode(value)] };
}
