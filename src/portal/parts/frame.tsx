/** What all pages share: head, navigation, breadcrumbs, notes, foot. */
import type { Child, FC } from "hono/jsx";
import { mustProve } from "../auth/person.ts";
import type { Content, Crumb } from "../page.ts";
import type { Text } from "../../core/language.ts";
import { LOCALES } from "../format.ts";
import { DOCS } from "../text/docs-text.ts";
import { FRAME } from "../text/frame-text.ts";
import { VERIFY } from "../text/verify-text.ts";
import type { Visit } from "../visit.ts";
import { AREAS, areaOf, type NavItem } from "./navigation.ts";

declare const ASSETS_PATH: string;

export const Frame: FC<{ visit: Visit; content: Content }> = ({ visit, content }) => {
  const { language, person, say, site, context } = visit;
  const { path } = context.req;
  const area = areaOf(path, person);
  const title = titleOf(visit, content.title);
  const name = area === "admin" ? `${say(FRAME.operator)} · ${site.name}` : site.name;
  return (
    <html lang={LOCALES[language]} data-theme={person?.colours ?? undefined}>
      <head>
        <meta charset="utf-8" />
        <title>{path === "/" ? site.name : `${title} · ${name}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={person?.colours ?? "light dark"} />
        {content.goesTo === undefined ? null : (
          <meta http-equiv="refresh" content={`${content.goesTo.afterS};url=${content.goesTo.address}`} />
        )}
        <link rel="stylesheet" href={`${ASSETS_PATH}/portal.css`} />
        <link rel="icon" href={`${ASSETS_PATH}/icon.svg`} />
        <script src={`${ASSETS_PATH}/portal.js`} defer></script>
        {person === undefined ? <Alternates visit={visit} /> : null}
        {content.twin === undefined ? null : <Twin visit={visit} path={content.twin} />}
      </head>
      <body class={area === undefined ? "plain" : `with-side ${area}`}>
        <a class="skip" href="#main">
          {say(FRAME.skip)}
        </a>
        <TopBar visit={visit} />
        <div class="columns">
          {area === undefined ? null : <SideNavigation visit={visit} items={AREAS[area]} />}
          <main id="main" tabindex={-1}>
            <Crumbs visit={visit} crumbs={content.above ?? []} title={title} />
            <h1>{title}</h1>
            <Notes visit={visit} />
            {content.body}
          </main>
        </div>
        <footer>
          <p>
            {site.name}
            {site.contact === null ? null : ` · ${say(FRAME.contact, { contact: site.contact })}`}
          </p>
        </footer>
      </body>
    </html>
  );
};

function titleOf({ say }: Visit, title: Text | string): string {
  return typeof title === "string" ? title : say(title);
}

const Alternates: FC<{ visit: Visit }> = ({ visit: { context, origin } }) => {
  const at = (language: string) => `${origin}${context.req.path}?lang=${language}`;
  return (
    <>
      <link rel="alternate" hreflang="en" href={at("en")} />
      <link rel="alternate" hreflang="zh-CN" href={at("zh")} />
    </>
  );
};

/** Tells agents where the page is to be had as Markdown. */
const Twin: FC<{ visit: Visit; path: string }> = ({ visit: { context, origin }, path }) => (
  <>
    <link rel="canonical" href={origin + context.req.path} />
    <link rel="alternate" type="text/markdown" href={path} />
  </>
);

const TopBar: FC<{ visit: Visit }> = ({ visit }) => {
  const { say, site, person, context } = visit;
  const { path } = context.req;
  const link = (to: string, text: Text) => (
    <li>
      <a href={to} aria-current={path === to ? "page" : undefined}>
        {say(text)}
      </a>
    </li>
  );
  return (
    <header class="top">
      <a class="brand" href="/">
        {site.name}
      </a>
      <nav aria-label={say(FRAME.mainNavigation)}>
        <ul>
          {link("/pricing", FRAME.pricing)}
          {link("/docs", DOCS.docs)}
          {link("/status", FRAME.status)}
        </ul>
      </nav>
      <LanguageForm visit={visit} />
      {person === undefined ? (
        <a class="sign-in" href="/sign-in" aria-current={path === "/sign-in" ? "page" : undefined}>
          {say(FRAME.signIn)}
        </a>
      ) : (
        <details class="menu">
          <summary>{person.name}</summary>
          <ul>
            {link("/app", FRAME.overview)}
            {link("/app/account", FRAME.account)}
            {person.role === "operator" ? link("/admin", FRAME.operator) : null}
            <li>
              <form method="post" action="/sign-out">
                <button type="submit">{say(FRAME.signOut)}</button>
              </form>
            </li>
          </ul>
        </details>
      )}
    </header>
  );
};

/** Leads to the same page in the other language. */
const LanguageForm: FC<{ visit: Visit }> = ({ visit: { context, language, say } }) => {
  const other = language === "zh" ? "en" : "zh";
  const kept = Object.entries(context.req.query()).filter(([name]) => name !== "lang");
  return (
    <form method="get" action={context.req.path} class="language">
      {kept.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <input type="hidden" name="lang" value={other} />
      <button type="submit" lang={LOCALES[other]} aria-label={say(FRAME.otherLanguageLabel)}>
        {say(FRAME.otherLanguage)}
      </button>
    </form>
  );
};

const SideNavigation: FC<{ visit: Visit; items: readonly NavItem[] }> = ({ visit: { say, context }, items }) => {
  const { path } = context.req;
  // The longest path above the page is the one that the page belongs to.
  const [current] = items
    .map((item) => item.path)
    .filter((above) => path === above || path.startsWith(`${above}/`))
    .toSorted((a, b) => b.length - a.length);
  return (
    <nav class="side" aria-label={say(FRAME.sideNavigation)}>
      <details>
        <summary>{say(FRAME.menu)}</summary>
        {[...Map.groupBy(items, ({ group }) => group)].map(([group, members]) => (
          <>
            {group === undefined ? null : <p class="group">{say(group)}</p>}
            <ul>
              {members.map((item) => (
                <li>
                  <a
                    href={item.path}
                    aria-current={item.path === current ? (path === current ? "page" : "true") : undefined}
                  >
                    {say(item.title)}
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </details>
    </nav>
  );
};

const Crumbs: FC<{ visit: Visit; crumbs: readonly Crumb[]; title: string }> = ({ visit, crumbs, title }) =>
  crumbs.length === 0 ? null : (
    <nav class="crumbs" aria-label={visit.say(FRAME.breadcrumb)}>
      <ol>
        {crumbs.map((crumb) => (
          <li>
            <a href={crumb.path}>{titleOf(visit, crumb.title)}</a>
          </li>
        ))}
        <li aria-current="page">{title}</li>
      </ol>
    </nav>
  );

const Notes: FC<{ visit: Visit }> = ({ visit }) => {
  const { note, say, site, person, context } = visit;
  const isUnproven = person !== undefined && context.req.path !== "/verify" && mustProve(visit, person);
  return (
    <>
      {note === undefined ? null : <Notice kind="ok">{say(note.text, note.values)}</Notice>}
      {isUnproven ? (
        <Notice kind="warn">
          {say(VERIFY.notYet)} <a href="/verify">{say(VERIFY.title)}</a>
        </Notice>
      ) : null}
      {person === undefined || site.notice === null ? null : <Notice kind="info">{site.notice}</Notice>}
    </>
  );
};

export const Notice: FC<{ kind: "ok" | "info" | "warn" | "bad"; children?: Child }> = ({ kind, children }) => (
  <div class={`notice ${kind}`} role={kind === "ok" ? "status" : undefined}>
    {children}
  </div>
);
