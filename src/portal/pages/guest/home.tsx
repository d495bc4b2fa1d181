/** `/`: what this is, where to point a client, and whether it serves. */
import type { StatusDocument } from "../../../health/status-document.ts";
import type { Content, Page } from "../../page.ts";
import { CodeBlock, Copyable } from "../../parts/copy.tsx";
import { curl, FIRST_CALL } from "../../samples.ts";
import { readStatus } from "../../status.ts";
import { HOME } from "../../text/home-text.ts";
import type { Visit } from "../../visit.ts";

async function home(visit: Visit): Promise<Content> {
  const { site, say, person, origin } = visit;
  const status = await readStatus(visit);
  return {
    title: site.name,
    body: (
      <>
        <p class="lead">{say(HOME.sentence)}</p>
        <p>
          <a class="button" href={person === undefined ? (site.signUp === "closed" ? "/sign-in" : "/sign-up") : "/app"}>
            {say(person === undefined ? HOME.getKey : HOME.toApp)}
          </a>
        </p>
        <Serving visit={visit} status={status} />
        <h2>{say(HOME.baseUrls)}</h2>
        <dl class="facts">
          {(
            [
              [HOME.openai, `${origin}/v1`],
              [HOME.xlei, `${origin}/xlei/v1`],
              [HOME.origin, origin],
            ] as const
          ).map(([name, url]) => (
            <div>
              <dt>{say(name)}</dt>
              <dd>
                <Copyable visit={visit} text={url} what={say(name)} />
              </dd>
            </div>
          ))}
        </dl>
        <h2>{say(HOME.firstCall)}</h2>
        <CodeBlock visit={visit} text={curl(origin, FIRST_CALL)} what={say(HOME.firstCall)} />
      </>
    ),
  };
}

function Serving({ visit: { say }, status }: { visit: Visit; status: StatusDocument }) {
  if (status.models.length === 0) return <p class="state off">{say(HOME.notServing)}</p>;
  const states = new Set(status.models.map(({ state }) => state));
  const [kind, text] =
    states.has("down") || states.has("degraded")
      ? (["warn", HOME.degraded] as const)
      : states.has("operational")
        ? (["ok", HOME.serving] as const)
        : (["off", HOME.unknown] as const);
  return (
    <p>
      <a href="/status" class={`state ${kind}`}>
        {say(text)}
      </a>
    </p>
  );
}

export const HOME_PAGES: readonly Page[] = [{ path: "/", access: "everyone", get: home }];
