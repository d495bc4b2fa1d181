/**
 * `/docs/reference`: a program of another maker that reads `/openapi.json` and lets people try the API. The docs are readable
 * without it: nothing leads here as the way to read them.
 */
import type { FC } from "hono/jsx";
import type { Page } from "../../page.ts";
import { LOCALES } from "../../format.ts";
import { respondWhole } from "../../respond.tsx";
import { DOCS } from "../../text/docs-text.ts";
import type { Visit } from "../../visit.ts";

declare const ASSETS_PATH: string;
declare const REFERENCE_PATH: string;

/** It asks no other host, keeps no key that is typed in, and offers none of its maker's services. */
const CONFIGURATION = {
  url: "/openapi.json",
  withDefaultFonts: false,
  telemetry: false,
  persistAuth: false,
  authentication: { preferredSecurityScheme: "x-api-key" },
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  hideModels: true,
  showDeveloperTools: "never",
};

async function show(visit: Visit): Promise<Response> {
  return respondWhole(visit, { hasInlineStyles: true }, <Reference visit={visit} />);
}

/** The program takes its place before the script that it is configured by. */
const Reference: FC<{ visit: Visit }> = ({ visit: { say, language, site } }) => (
  <html lang={LOCALES[language]}>
    <head>
      <meta charset="utf-8" />
      <title>{`${say(DOCS.reference)} · ${site.name}`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <link rel="stylesheet" href={`${ASSETS_PATH}/reference.css`} />
      <link rel="icon" href={`${ASSETS_PATH}/icon.svg`} />
    </head>
    <body>
      <p class="plain-pages">
        <a href="/docs">{say(DOCS.plainPages)}</a>
      </p>
      <noscript>
        <p class="plain-pages">{say(DOCS.needsScript)}</p>
      </noscript>
      <script
        type="module"
        id="api-reference"
        src={`${REFERENCE_PATH}/standalone.esm.js`}
        data-configuration={JSON.stringify({ ...CONFIGURATION, localization: { locale: LOCALES[language] } })}
      ></script>
    </body>
  </html>
);

export const REFERENCE_PAGES: readonly Page[] = [{ path: "/docs/reference", access: "everyone", get: show }];
