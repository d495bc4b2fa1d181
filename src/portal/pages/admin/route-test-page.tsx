/** `/admin/route-test`: asks a route's upstream for a word, and shows what came. */
import { isObject } from "../../../core/json.ts";
import { textOf } from "../../form.ts";
import { callApi, flagIn, numberIn, text } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { ADMIN_CRUMB, Refused } from "./resource-pages.tsx";

async function testRoute(visit: OwnVisit, data: FormData): Promise<Content> {
  const { say, format } = visit;
  const route = textOf(data, "route");
  const path = `routes/${route.split("/").map(encodeURIComponent).join("/")}/test`;
  const answer = await callApi(visit, "POST", path);
  const crumbs = [ADMIN_CRUMB, { path: "/admin/routes", title: ADMIN.routes }];
  if (!answer.ok) return { title: ADMIN.test, above: crumbs, status: 422, body: <Refused refusal={answer} /> };
  const { value } = answer;
  const tokens = isObject(value["tokens"]) ? value["tokens"] : {};
  const facts = {
    id: route,
    ms: format.duration(numberIn(value, "ms") ?? 0),
    tokens: `${text(tokens, "input")} / ${text(tokens, "output")}`,
    outcome: text(value, "outcome"),
    status: text(value, "status"),
    error: text(value, "error"),
  };
  const back = textOf(data, "back");
  return {
    title: say(ADMIN.testRoute, { id: route }),
    above: crumbs,
    body: (
      <>
        {flagIn(value, "ok") ? (
          <Notice kind="ok">{say(ADMIN.testOk, facts)}</Notice>
        ) : (
          <Notice kind="bad">{say(ADMIN.testBad, facts)}</Notice>
        )}
        {back.startsWith("/admin/") ? (
          <p>
            <a href={back}>←</a>
          </p>
        ) : null}
      </>
    ),
  };
}

export const ROUTE_TEST_PAGES: readonly Page[] = [{ path: "/admin/route-test", access: "operators", post: testRoute }];
