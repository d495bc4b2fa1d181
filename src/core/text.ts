/**
 * Decodes UTF-8 that comes in pieces. Byte order marks are left in: workerd's decoder takes one away at the start of any
 * piece, in the middle of a text too. {@link withoutMark} takes away the one that may stand at the very start.
 */
export function utf8Decoder(fatal: boolean): TextDecoder {
  return new TextDecoder("utf-8", { fatal, ignoreBOM: true });
}

export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
