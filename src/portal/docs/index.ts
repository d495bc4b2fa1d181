/** Every page of the documentation, in the order in which they are listed. */
import { ACCOUNT_DOCS } from "./api/account-api.ts";
import { ANTHROPIC } from "./api/anthropic-api.ts";
import { AUDIO } from "./api/audio-api.ts";
import { CHAT_COMPLETIONS } from "./api/chat-completions-api.ts";
import { COMPLETIONS } from "./api/completions-api.ts";
import { EMBEDDINGS } from "./api/embeddings-api.ts";
import { GEMINI } from "./api/gemini-api.ts";
import { IMAGES } from "./api/images-api.ts";
import { KLING_DOCS } from "./api/kling-api.ts";
import { KLING_PICTURE_DOCS } from "./api/kling-pictures-api.ts";
import { MIDJOURNEY_DOCS } from "./api/midjourney-api.ts";
import { MODERATIONS } from "./api/moderations-api.ts";
import { MODELS_DOCS } from "./api/models-api.ts";
import { REALTIME } from "./api/realtime-api.ts";
import { RERANK } from "./api/rerank-api.ts";
import { RESPONSES } from "./api/responses-api.ts";
import { VIDEOS } from "./api/videos-api.ts";
import { clientPages } from "./client-docs.ts";
import type { Settings } from "../../settings.ts";
import type { Facts } from "./facts.ts";
import { AUTHENTICATION } from "./guides/authentication-guide.ts";
import { AUTO_GUIDE } from "./guides/auto-guide.ts";
import { BILLING_GUIDE } from "./guides/billing-guide.ts";
import { CHANGES } from "./guides/changes-guide.ts";
import { ERRORS_GUIDE } from "./guides/errors-guide.ts";
import { LIMITS_GUIDE } from "./guides/limits-guide.ts";
import { SDKS_GUIDE } from "./guides/sdks-guide.ts";
import { startPage } from "./guides/start-guide.ts";
import { STREAMING } from "./guides/streaming-guide.ts";
import { SURFACES_GUIDE } from "./guides/surfaces-guide.ts";
import type { DocPage, EndpointDoc } from "./types.ts";

/** All but the first, which has a map of them. */
const BELOW: readonly DocPage[] = [
  AUTHENTICATION,
  SURFACES_GUIDE,
  AUTO_GUIDE,
  LIMITS_GUIDE,
  STREAMING,
  BILLING_GUIDE,
  CHAT_COMPLETIONS,
  COMPLETIONS,
  IMAGES,
  MIDJOURNEY_DOCS,
  VIDEOS,
  KLING_DOCS,
  KLING_PICTURE_DOCS,
  AUDIO,
  REALTIME,
  EMBEDDINGS,
  RERANK,
  MODERATIONS,
  RESPONSES,
  ANTHROPIC,
  GEMINI,
  MODELS_DOCS,
  ACCOUNT_DOCS,
  ...clientPages(),
  SDKS_GUIDE,
  ERRORS_GUIDE,
  CHANGES,
];

export const DOC_PAGES: readonly DocPage[] = [startPage(BELOW), ...BELOW];

/** Those that stand in the list of all pages. */
export const LISTED_PAGES = DOC_PAGES.filter(({ parent }) => parent === undefined);

/** Those of a site. */
export function docPagesOf(settings: Settings): readonly DocPage[] {
  return DOC_PAGES.filter(({ isOn }) => isOn?.(settings) ?? true);
}

/** @param path such as `/docs/limits` */
export function docPageAt(path: string, settings: Settings): DocPage | undefined {
  return docPagesOf(settings).find((page) => page.path === path);
}

/** Every endpoint that is described. */
export function endpointDocs(facts: Facts): readonly EndpointDoc[] {
  return DOC_PAGES.flatMap(({ endpoints }) => endpoints?.(facts) ?? []);
}
