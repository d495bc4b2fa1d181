/** A bar chart, drawn here as SVG by attributes and classes alone; the same numbers stand below it in a table. */
import type { FC } from "hono/jsx";
import type { Text } from "../../core/language.ts";
import { OVERVIEW } from "../text/overview-text.ts";
import type { Visit } from "../visit.ts";
import { Table } from "./table.tsx";

export interface Bar {
  readonly label: string;
  /** Nanos. */
  readonly value: number;
}

const WIDTH = 700;
const HEIGHT = 160;
const GRID_LINES = 4;
const GAP = 0.25;

export const BarChart: FC<{ visit: Visit; title: Text; head: Text; bars: readonly Bar[] }> = ({
  visit,
  title,
  head,
  bars,
}) => {
  const { say, format } = visit;
  const max = Math.max(1, ...bars.map(({ value }) => value));
  const sum = bars.reduce((total, { value }) => total + value, 0);
  const step = WIDTH / Math.max(1, bars.length);
  const summary = say(OVERVIEW.chartSummary, { max: format.amount(max === 1 ? 0 : max), sum: format.amount(sum) });
  return (
    <div class="chart">
      <figure>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${say(title)}. ${summary}`}>
          {Array.from({ length: GRID_LINES }, (_, at) => {
            const y = (HEIGHT * at) / GRID_LINES;
            return <line class="grid" x1="0" x2={WIDTH} y1={y} y2={y} />;
          })}
          <line class="zero" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
          {bars.map(({ label, value }, at) => {
            const height = (HEIGHT * Math.max(0, value)) / max;
            return (
              <rect
                class="bar"
                x={at * step + (step * GAP) / 2}
                y={HEIGHT - height}
                width={step * (1 - GAP)}
                height={height}
              >
                <title>{`${label}: ${format.amount(value)}`}</title>
              </rect>
            );
          })}
        </svg>
        <figcaption>{summary}</figcaption>
      </figure>
      <details>
        <summary>{say(OVERVIEW.chartTable)}</summary>
        <Table
          visit={visit}
          caption={title}
          rows={bars}
          empty={OVERVIEW.noPlan}
          columns={[
            { title: head, isHead: true, cell: (bar) => bar.label },
            { title: OVERVIEW.cost, isNumber: true, cell: (bar) => format.amount(bar.value) },
          ]}
        />
      </details>
    </div>
  );
};
