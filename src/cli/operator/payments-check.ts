/** Whether payment services reach the gateway, seen from outside, as they see it. */
import type { OperatorClient } from "./client.ts";
import { Problem } from "./problem.ts";

interface Callback {
  readonly service: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** What the gateway answers to a caller who proves nothing. */
  readonly refusal: { readonly status: number; readonly text: string };
}

const CALLBACKS: readonly Callback[] = [
  {
    service: "Stripe",
    method: "POST",
    path: "/pay/stripe/webhook",
    refusal: { status: 400, text: "the signature is wrong" },
  },
  {
    service: "Epay",
    method: "GET",
    path: `/pay/epay/notify/${"0".repeat(32)}`,
    refusal: { status: 200, text: "fail" },
  },
];
/** Platforms call themselves an old browser, which bot rules like to stop. */
const AN_OLD_BROWSER =
  "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/63.0.3239.132 Safari/537.36";
/** How long a platform waits. */
const PATIENCE_MS = 5_000;

/** @throws Problem when a service could not reach the gateway */
export async function checkPayments(client: OperatorClient, say: (line: string) => void): Promise<void> {
  const verdicts = await Promise.all(
    CALLBACKS.map(async (callback) => [callback.service, await reach(client, callback)]),
  );
  for (const [service, verdict] of verdicts) say(`${service}: ${verdict}`);
  const { data } = await client.send("GET", "/orders?needs_a_look=true&limit=100");
  const ids = (data as { id: string }[]).map(({ id }) => id);
  say(ids.length === 0 ? "No payment needs a look." : `These payments need a look:\n${ids.join("\n")}`);
  const stopped = verdicts.filter(([, verdict]) => verdict !== REACHED && verdict !== OFF);
  if (stopped.length > 0) throw new Problem("Exempt /pay/* from bot rules, challenges and redirects of the zone.");
}

const REACHED = "reaches the gateway";
const OFF = "not set up";

async function reach(client: OperatorClient, { method, path, refusal }: Callback): Promise<string> {
  const { status, text } = await client.outside(path, {
    method,
    redirect: "manual",
    headers: { "user-agent": AN_OLD_BROWSER },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (status === refusal.status && text === refusal.text) return REACHED;
  if (status === 404 && text === "not found") return OFF;
  return `something before the gateway answers ${status}`;
}
