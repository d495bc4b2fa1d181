/** What the pages are filled with: this site's address, settings and models. Nothing of it is written down in a text. */
import type { Capability, Operation } from "../../operation/operations.ts";
import { paymentOptions } from "../../payments/options.ts";
import { publicRoutes } from "../../routing/catalogue.ts";
import { AUTO } from "../../routing/plan.ts";
import type { Model } from "../../routing/route.ts";
import type { Settings } from "../../settings.ts";
import { hasMail } from "../auth/mail.ts";
import type { Visit } from "../visit.ts";
import type { Site } from "../site.ts";

/** What a request told of a model is: the fields of {@link Model} that the docs read. */
type OfferedModel = Pick<Model, "id" | "operation" | "capabilities" | "autoWeight">;

export interface Facts {
  /** Such as `https://llm.example.com`. */
  readonly origin: string;
  readonly siteName: string;
  readonly signUp: Site["signUp"];
  /** Who signs up opens a link in a mail first. */
  readonly provesAddresses: boolean;
  /** Whether everybody who has an account can pay on the site. */
  readonly takesPayments: boolean;
  readonly settings: Settings;
  /** The models that everybody may see, in the order of their names. */
  readonly models: readonly OfferedModel[];
}

export async function factsFor({ services, site, origin, context }: Visit): Promise<Facts> {
  const { defer } = context.env;
  const { catalogue: models, prices } = services.relay;
  const [catalogue, priceOf] = await Promise.all([models.current(defer), prices.current(defer)]);
  const offered = [...publicRoutes(catalogue, (model) => priceOf(model) !== undefined).keys()].flatMap(
    (id) => catalogue.models.get(id) ?? [],
  );
  return {
    origin,
    siteName: site.name,
    signUp: site.signUp,
    provesAddresses: hasMail(services),
    takesPayments: takesRealMoney(services.settings),
    settings: services.settings,
    models: offered.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** A test of Stripe is for operators alone. */
function takesRealMoney(settings: Settings): boolean {
  const { stripe, epay } = paymentOptions(settings);
  return epay !== undefined || stripe?.livemode === true;
}

/** The models that do an operation and take what a request needs. */
export function modelsFor(
  { models }: Facts,
  { operation = "chat", needs = [] }: { readonly operation?: Operation; readonly needs?: readonly Capability[] } = {},
): readonly string[] {
  return models
    .filter((model) => model.operation === operation && needs.every((need) => model.capabilities.has(need)))
    .map(({ id }) => id);
}

/** The model of a sample: `auto` where some model stands for it, else one that fits. */
export function sampleModel(facts: Facts, needs: readonly Capability[] = []): string {
  return behindAuto(facts, { needs }) === undefined ? (modelsFor(facts, { needs })[0] ?? AUTO) : AUTO;
}

/** The model that answers {@link sampleModel}, by its own name. */
export function namedModel(facts: Facts, needs: readonly Capability[] = []): string {
  return behindAuto(facts, { needs }) ?? modelsFor(facts, { needs })[0] ?? modelsFor(facts)[0] ?? AUTO;
}

/** The model that a sample of another operation asks for, and the one that answers. @param usual where this site has none */
export function modelOf(
  facts: Facts,
  operation: Operation,
  usual: string,
): { readonly asked: string; readonly served: string } {
  const auto = behindAuto(facts, { operation });
  if (auto !== undefined) return { asked: AUTO, served: auto };
  const [named = usual] = modelsFor(facts, { operation });
  return { asked: named, served: named };
}

function behindAuto(facts: Facts, wanted: Parameters<typeof modelsFor>[1]): string | undefined {
  const able = new Set(modelsFor(facts, wanted));
  return facts.models.find(({ id, autoWeight }) => autoWeight > 0 && able.has(id))?.id;
}
