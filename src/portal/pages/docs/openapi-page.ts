/** `/openapi.json`: the public API for programs that make clients. */
import { factsFor } from "../../docs/facts.ts";
import { DOC_PAGES } from "../../docs/index.ts";
import { Kept } from "../../docs/kept.ts";
import { openApiDocument } from "../../docs/openapi/openapi-document.ts";
import type { Page } from "../../page.ts";
import { textAnswer } from "../../respond.tsx";
import type { Visit } from "../../visit.ts";

/** It takes as much as a hundred small pages. */
const documents = new Kept<string>(4);

async function show(visit: Visit): Promise<Response> {
  const { context, language } = visit;
  const facts = await factsFor(visit);
  const text = documents.of(facts, language, () =>
    JSON.stringify(openApiDocument(DOC_PAGES, { facts, accountApi: context.env.accountApi(), language })),
  );
  return textAnswer(visit, text, "application/json");
}

export const OPENAPI_PAGES: readonly Page[] = [{ path: "/openapi.json", access: "everyone", get: show }];
