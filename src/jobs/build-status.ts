/** Each minute: builds the public status document from what the upstreams' objects saw in the last hour and day. */
import { statusDocument } from "../health/status-document.ts";
import { publicRoutes } from "../routing/catalogue.ts";
import type { Services } from "../services.ts";
import { askObjects, upstreamsOf } from "./ask-upstreams.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export async function buildStatus(services: Services, defer: (work: Promise<unknown>) => void): Promise<void> {
  const { relay, now, status } = services;
  const [catalogue, priceOf] = await Promise.all([relay.catalogue.current(defer), relay.prices.current(defer)]);
  const models = publicRoutes(catalogue, (model) => priceOf(model) !== undefined);
  const nowMs = now();
  const answers = await askObjects(services, upstreamsOf([...models.values()].flat()), async (object) =>
    Promise.all([
      object.describe(),
      object.history({ fromMs: nowMs - HOUR_MS, toMs: nowMs }),
      object.history({ fromMs: nowMs - DAY_MS, toMs: nowMs }),
    ]),
  );
  const all = [...answers.values()];
  const document = statusDocument({
    models,
    descriptions: all.map(([description]) => description),
    lastHour: all.flatMap(([, hour]) => hour),
    lastDay: all.flatMap(([, , day]) => day),
    nowMs,
  });
  await status.write(document, nowMs);
}
