/**
 * Decodes UTF-8 that comes in pieces. Byte order marks are kept: otherwise workerd's decoder removes one from the start
 * of any piece, even in the middle of a text. {@link withoutMark} removes the mark at the start of the whole text.
 */
export function utf8Decoder(fatal: boolean): InstanceType<typeof TextDecoder> {
  return new TextDecoder("utf-8", { fatal, ignoreBOM: true });
}

export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
