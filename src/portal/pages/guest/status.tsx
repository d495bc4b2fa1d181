/** `/status`: how each model does, from real traffic. It names no upstream. */
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { DayBar, ModelState } from "../../parts/model-state.tsx";
import { Table } from "../../parts/table.tsx";
import { readStatus } from "../../status.ts";
import { MODELS } from "../../text/models-text.ts";
import type { Visit } from "../../visit.ts";

async function status(visit: Visit): Promise<Content> {
  const { say, format } = visit;
  const { built_at: builtAt, models } = await readStatus(visit);
  const percent = (share: number | null) => (share === null ? say(MODELS.notKnown) : format.percent(share));
  const ms = (value: number | null) => (value === null ? say(MODELS.notKnown) : format.duration(value));
  return {
    title: MODELS.status,
    body: (
      <>
        <p>{say(MODELS.statusIntro)}</p>
        {builtAt === null && models.length > 0 ? <Notice kind="warn">{say(MODELS.noData)}</Notice> : null}
        <Table
          visit={visit}
          caption={MODELS.status}
          rows={models}
          empty={MODELS.none}
          columns={[
            { title: MODELS.model, isHead: true, cell: ({ id }) => <code>{id}</code> },
            { title: MODELS.state, cell: ({ state }) => <ModelState visit={visit} state={state} /> },
            { title: MODELS.uptime, isNumber: true, cell: (model) => percent(model.last_day.uptime) },
            {
              title: MODELS.ttft,
              isNumber: true,
              cell: ({ last_day: day }) => `${ms(day.ttft_p50_ms)} / ${ms(day.ttft_p95_ms)}`,
            },
            { title: MODELS.errors, isNumber: true, cell: (model) => percent(model.last_day.error_share) },
            {
              title: MODELS.lastDay,
              cell: ({ id, last_day: day, half_hours: halfHours }) => (
                <DayBar
                  visit={visit}
                  model={id}
                  halfHours={halfHours ?? []}
                  text={day.uptime === null ? say(MODELS.noTraffic) : format.percent(day.uptime)}
                />
              ),
            },
          ]}
        />
        {builtAt === null ? null : (
          <p class="muted">{say(MODELS.builtAt, { time: format.time(Date.parse(builtAt)) })}</p>
        )}
      </>
    ),
  };
}

export const STATUS_PAGES: readonly Page[] = [{ path: "/status", access: "everyone", get: status }];
