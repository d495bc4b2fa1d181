/** The page of a fault: what went wrong, and the request's id. */
import type { Fault } from "../../core/fault.ts";
import type { Content } from "../page.ts";
import { PROBLEM } from "../text/problem-text.ts";
import type { Visit } from "../visit.ts";

const STATUSES = [403, 404, 405, 409, 422, 429, 500, 503] as const;

export function problemPage(visit: Visit, fault: Fault): Content {
  const { say, language, context } = visit;
  const status = STATUSES.find((known) => known === fault.row.status) ?? (fault.row.status < 500 ? 422 : 500);
  const title = TITLES[fault.row.status as keyof typeof TITLES] ?? PROBLEM.failed;
  return {
    title,
    status,
    body: (
      <>
        <p>{fault.text(language)}</p>
        <p class="muted">
          {say(PROBLEM.requestId)} <code>{context.env.log.requestId}</code>
        </p>
        <p>
          <a href="/">{say(PROBLEM.home)}</a>
          {status === 404 ? <Guides visit={visit} /> : null}
        </p>
      </>
    ),
  };
}

/** Whoever got a path wrong finds the right one here. */
const Guides = ({ visit: { say } }: { visit: Visit }) => (
  <>
    {" · "}
    <a href="/docs">{say(PROBLEM.docs)}</a>
    {" · "}
    <a href="/llms.txt">{say(PROBLEM.forAgents)}</a>
  </>
);

const TITLES = {
  403: PROBLEM.forbidden,
  404: PROBLEM.notFound,
  405: PROBLEM.notFound,
  429: PROBLEM.tooMany,
  503: PROBLEM.away,
} as const;

/** A form that another site sent, or that the browser does not vouch for. */
export function staleForm(): Content {
  return { title: PROBLEM.stale, status: 403, body: <StaleForm /> };
}

const StaleForm = () => (
  <p>
    <a href="/">←</a>
  </p>
);

/** Too many tries with a form. */
export function tooManyTries({ say }: Visit, seconds: number): Content {
  return { title: PROBLEM.tooMany, status: 429, body: <p>{say(PROBLEM.wait, { n: seconds })}</p> };
}
