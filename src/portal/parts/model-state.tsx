/** How a model does: in a word, and over the last day. */
import type { FC } from "hono/jsx";
import type { ModelStatusView } from "../../health/status-document.ts";
import { MODELS } from "../text/models-text.ts";
import type { Visit } from "../visit.ts";

type State = ModelStatusView["state"];

const KINDS = { operational: "ok", degraded: "warn", down: "bad", unknown: "off" } as const satisfies Record<
  State,
  string
>;

export const ModelState: FC<{ visit: Visit; state: State }> = ({ visit: { say }, state }) => (
  <span class={`state ${KINDS[state]}`}>{say(MODELS[state])}</span>
);

const BLOCK_WIDTH = 5;
const HEIGHT = 24;

/** 48 half hours: high = answered, low = failed, empty = no traffic. */
export const DayBar: FC<{ visit: Visit; model: string; halfHours: readonly (number | null)[]; text: string }> = ({
  visit: { say },
  model,
  halfHours,
  text,
}) => (
  <svg
    class="day-bar"
    viewBox={`0 0 ${halfHours.length * BLOCK_WIDTH} ${HEIGHT}`}
    role="img"
    aria-label={say(MODELS.lastDayOf, { model, text })}
  >
    {halfHours.map((share, at) => {
      const height = share === null ? 2 : Math.max(4, share * HEIGHT);
      const kind = share === null ? "none" : share >= 0.99 ? "ok" : share >= 0.9 ? "warn" : "bad";
      return <rect class={kind} x={at * BLOCK_WIDTH} y={HEIGHT - height} width={BLOCK_WIDTH - 1} height={height} />;
    })}
  </svg>
);
