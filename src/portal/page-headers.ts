/** The headers of pages: what a page may load, and where its forms may lead. */
import type { Content } from "./page.ts";

/** @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy */
function policy({ formOrigins = [], hasInlineStyles = false, hasMedia = false, widgetOrigin }: PageRules): string {
  return [
    "default-src 'none'",
    hasInlineStyles ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
    ...(widgetOrigin === undefined
      ? ["script-src 'self'"]
      : [`script-src 'self' ${widgetOrigin}`, `frame-src ${widgetOrigin}`]),
    "img-src 'self' data:",
    ...(hasMedia ? ["media-src 'self'"] : []),
    "connect-src 'self'",
    "font-src 'self'",
    // Chromium applies this to where a form's answer redirects, too.
    ["form-action 'self'", ...formOrigins].join(" "),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** What a page is allowed beyond all others, and how it is kept. */
export interface PageRules extends Pick<Content, "formOrigins" | "widgetOrigin" | "twin" | "secret" | "hasMedia"> {
  /** Its scripts write styles into the page. */
  readonly hasInlineStyles?: boolean;
}

interface PageFacts {
  readonly requestId: string;
  readonly isHttps: boolean;
  readonly isPrivate: boolean;
  /** Caches may keep it. */
  readonly isPublic: boolean;
}

export const PUBLIC_FOR_S = 300;
export const PAGE_VARY = "Accept, Accept-Language, Cookie";

export function pageHeaders(
  rules: PageRules,
  { requestId, isHttps, isPrivate, isPublic }: PageFacts,
): Record<string, string> {
  return {
    "content-security-policy": policy(rules),
    ...(isHttps ? { "strict-transport-security": "max-age=31536000" } : {}),
    "x-content-type-options": "nosniff",
    "referrer-policy": rules.secret === true ? "no-referrer" : "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": isPrivate ? "no-store" : isPublic ? `public, max-age=${PUBLIC_FOR_S}` : "private, no-cache",
    vary: PAGE_VARY,
    "x-request-id": requestId,
  };
}
