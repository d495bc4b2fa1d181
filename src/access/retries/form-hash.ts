import { sizeOf, type Form } from "../../core/form-parts.ts";
import { toHex } from "../../core/id.ts";

/** The SHA-256 of a form's parts, in hex, whatever their boundary. */
export async function hashOfForm(form: Form): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  for (const part of form) {
    const { name, filename = null, type = null } = part;
    await writer.write(new TextEncoder().encode(JSON.stringify([name, filename, type, sizeOf(part)])));
    for (const piece of part.pieces) await writer.write(piece);
  }
  await writer.close();
  return toHex(new Uint8Array(await digest.digest));
}
