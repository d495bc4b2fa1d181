/**
 * `/pay/…`: what payment services call. No session, no form of ours, no page: a signature proves who calls. Where a service is not
 * set up, its addresses do not exist.
 */
import type { Hono } from "hono";
import { answerEpay, answerStripe } from "../payments/open-payments.ts";
import type { Services } from "../services.ts";

const MOST_BYTES = 256 * 1024;

/** Before everything else of the portal: a service's POST comes from nowhere. */
export function servePaymentCallbacks<Env extends object>(app: Hono<Env>, services: Services): void {
  app.post("/pay/stripe/webhook", async ({ req }) => {
    const text = await textOf(req.raw);
    if (text === undefined) return answer("too large", 413);
    const signature = req.header("stripe-signature") ?? "";
    return (await answerStripe(services, { text, signature })) ?? answer("not found", 404);
  });
  app.on(["GET", "POST"], "/pay/epay/notify/:order", async ({ req }) => {
    const form = req.method === "POST" ? await textOf(req.raw) : "";
    if (form === undefined) return answer("too large", 413);
    const sent = new URLSearchParams(`${new URL(req.url).search.slice(1)}&${form}`);
    return (await answerEpay(services, { orderId: req.param("order"), sent })) ?? answer("not found", 404);
  });
  // A platform takes pages for a yes, if they hold a certain word.
  app.all("/pay/*", () => answer("not found", 404));
}

function answer(text: string, status: number): Response {
  return new Response(text, { status });
}

/** undefined = longer than any service writes. */
async function textOf(request: Request): Promise<string | undefined> {
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  return length <= MOST_BYTES ? request.text() : undefined;
}
