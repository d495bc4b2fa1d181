/** `npm run simulate`: routing under failure traces, in virtual time. `SEED` sets the random seed. */
import { extraAttempts, faults, secondsToEject, secondsToRecover, shares } from "./simulation/measure.ts";
import { simulate, type Run } from "./simulation/run.ts";
import { SCENARIOS } from "./simulation/scenarios.ts";

const HEADINGS = [
  "scenario",
  "requests",
  "client errors",
  "extra attempts",
  "shares",
  "eject s",
  "recover s",
  "object calls / 1,000",
];

async function main(): Promise<void> {
  const seed = Number(process.env["SEED"] ?? 1);
  const rows: string[][] = [];
  for (const scenario of Object.values(SCENARIOS)) rows.push(row(await simulate({ ...scenario, seed })));
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of [HEADINGS, widths.map((width) => "-".repeat(width)), ...rows]) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

function row(run: Run): string[] {
  const faultCounts = Object.entries(faults(run)).map(([fault, count]) => `${count} ${fault}`);
  return [
    run.scenario.name,
    String(run.requests.length),
    faultCounts.length === 0 ? "0" : faultCounts.join(", "),
    String(extraAttempts(run)),
    Object.values(shares(run))
      .map((share) => `${(100 * share).toFixed(0)} %`)
      .join(" : "),
    seconds(secondsToEject(run)),
    seconds(secondsToRecover(run)),
    ((1000 * run.objectCalls) / run.requests.length).toFixed(0),
  ];
}

function seconds(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(1);
}

await main();
