/** Reads a form from a request's body, while it arrives. */
import { MultipartParseError, MultipartParser, type MultipartPart } from "@remix-run/multipart-parser";
import { Fault } from "../core/fault.ts";
import { sizeOf, type Form, type FormPart } from "../core/form-parts.ts";
import { bodyPieces, tooLarge } from "./body-pieces.ts";

/** More are refused. */
const MAX_PARTS = 200;
const MAX_HEADER_BYTES = 8 * 1024;

/** The largest form, and the largest text in its fields together: a text is copied where it is read, a file is not. */
export interface FormSizes {
  readonly maxFormBytes: number;
  readonly maxBytes: number;
}

/** @throws Fault `bad_json` for a damaged form, `body_too_large`, `unsupported_media_type` */
export async function readForm(request: Request, type: string, { maxFormBytes, maxBytes }: FormSizes): Promise<Form> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(type)?.slice(1).find(Boolean);
  if (boundary === undefined || !/^[\x20-\x7e]+$/.test(boundary)) throw damaged("no boundary");
  const parser = new MultipartParser(boundary, {
    maxHeaderSize: MAX_HEADER_BYTES,
    maxFileSize: maxFormBytes,
    maxTotalSize: maxFormBytes,
    maxParts: MAX_PARTS,
  });
  const parts: FormPart[] = [];
  let textBytes = 0;
  try {
    for await (const piece of bodyPieces(request, maxFormBytes)) {
      if (isOver(parser)) continue;
      for (const one of parser.write(piece)) {
        const part = partOf(one);
        textBytes += part.filename === undefined ? sizeOf(part) : 0;
        if (textBytes > maxBytes) throw tooLarge(maxBytes);
        parts.push(part);
      }
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
