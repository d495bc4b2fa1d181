/** `/openapi.json`: the public API for programs that make clients. */
import { factsFor } from "../../docs/facts.ts";
import { DOC_PAGES } from "../../docs/index.ts";
import { openApiDocument } from "../../docs/openapi/openapi-document.ts";
import type { Page } from "../../page.ts";
import { textAnswer } from "../../respond.tsx";
import type { Visit } from "../../visit.ts";

async function show(visit: Visit): Promise<Response> {
  const { context, language } = visit;
  const accountApi = context.env.accountApi();
  const document = openApiDocument(DOC_PAGES, { facts: await factsFor(visit), accountApi, language });
  return textAnswer(visit, JSON.stringify(document), "application/json");
}

export const OPENAPI_PAGES: readonly Page[] = [{ path: "/openapi.json", access: "everyone", get: show }];
