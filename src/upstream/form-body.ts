/** Writes forms for upstreams. */
import type { Form, FormPart } from "../core/form-parts.ts";

/**
 * A form as the body of a request, with its length. Each call makes another body, because each attempt sends its own.
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export function formBody(form: Form): { readonly body: ReadableStream<Uint8Array>; readonly type: string } {
  const boundary = `form-${crypto.randomUUID()}`;
  const encoder = new TextEncoder();
  const pieces = form.flatMap((part) => [
    encoder.encode(headOf(part, boundary)),
    ...part.pieces,
    encoder.encode("\r\n"),
  ]);
  pieces.push(encoder.encode(`--${boundary}--\r\n`));
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const { readable, writable } = new FixedLengthStream(length);
  // Whoever reads it learns of its end; an upstream that stops reading has answered, or is gone.
  void write(pieces, writable).catch(() => undefined);
  return { body: readable, type: `multipart/form-data; boundary=${boundary}` };
}

async function write(pieces: readonly Uint8Array[], writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  for (const piece of pieces) if (piece.byteLength > 0) await writer.write(piece);
  await writer.close();
}

function headOf({ name, filename, type }: FormPart, boundary: string): string {
  const file = filename === undefined ? "" : `; filename="${quoted(filename)}"`;
  const kind = filename === undefined ? "" : `Content-Type: ${typeWord(type)}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n${kind}\r\n`;
}

/** As browsers write it. @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function quoted(text: string): string {
  return text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

function typeWord(type: string | undefined): string {
  return type !== undefined && /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "application/octet-stream";
}
