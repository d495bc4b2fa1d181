/** Reads a form from a request's body, while it arrives. */
import { MultipartParseError, MultipartParser, type MultipartPart } from "@remix-run/multipart-parser";
import { Fault } from "../core/fault.ts";
import type { Form, FormPart } from "../core/form-parts.ts";
import { bodyPieces } from "./body-pieces.ts";

/** More are refused. */
const MAX_PARTS = 200;
const MAX_HEADER_BYTES = 8 * 1024;

/** @throws Fault `bad_json` for a damaged form, `body_too_large`, `unsupported_media_type` */
export async function readForm(request: Request, type: string, maxBytes: number): Promise<Form> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(type)?.slice(1).find(Boolean);
  if (boundary === undefined || !/^[\x20-\x7e]+$/.test(boundary)) throw damaged("no boundary");
  const parser = new MultipartParser(boundary, {
    maxHeaderSize: MAX_HEADER_BYTES,
    maxFileSize: maxBytes,
    maxTotalSize: maxBytes,
    maxParts: MAX_PARTS,
  });
  const parts: FormPart[] = [];
  try {
    for await (const piece of bodyPieces(request, maxBytes)) {
      if (!isOver(parser)) for (const part of parser.write(piece)) parts.push(partOf(part));
    }
    parser.finish();
  } catch (error) {
    throw error instanceof Fault ? error : damaged(error);
  }
  return parts;
}

/** What comes behind the last boundary means nothing, and the library takes no more of it. */
function isOver(parser: MultipartParser): boolean {
  try {
    parser.finish();
    return true;
  } catch {
    return false;
  }
}

/** @throws Error for a part without a name */
function partOf({ name, filename, mediaType, content }: MultipartPart): FormPart {
  if (name === undefined || name === "") throw new MultipartParseError("a part without a name");
  return { name, filename, type: mediaType, pieces: content };
}

function damaged(cause: unknown): Fault {
  const detail = { en: "The form in the request body is damaged.", zh: "请求体中的表单已损坏。" };
  return new Fault("bad_json", { detail, cause });
}
