/** The paths of the portal's pages, and what is below them. No endpoint of the API may begin with one of these words. */
const SITE_WORDS = new Set([
  "app",
  "admin",
  "docs",
  "docs.md",
  "llms.txt",
  "llms-full.txt",
  "sitemap.xml",
  "robots.txt",
  "openapi.json",
  "pricing",
  "status",
  "sign-in",
  "sign-up",
  "sign-out",
  "reset",
  "verify",
  "setup",
  "pay",
  "auth",
  "assets",
  "redeem",
  "legal",
]);

/** Below it is the operator API. */
const OPERATOR_API = "/admin/api";

/** Whether a path belongs to the portal. */
export function isSitePath(path: string): boolean {
  return SITE_WORDS.has(path.split("/")[1] ?? "") && !isOperatorApi(path);
}

/** Whether a path belongs to the operator API, or to the portal: no script of another site may call it. */
export function isClosedPath(path: string): boolean {
  return isOperatorApi(path) || isSitePath(path);
}

function isOperatorApi(path: string): boolean {
  return path === OPERATOR_API || path.startsWith(`${OPERATOR_API}/`);
}
