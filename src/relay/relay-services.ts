import type { PriceStore } from "../billing/price-store.ts";
import type { CatalogueStore } from "../routing/catalogue.ts";
import type { Credential, Deadlines, Upstream } from "../routing/route.ts";
import type { Router } from "../routing/router.ts";
import type { Fetch } from "../upstream/send.ts";
import type { WireRegistry } from "../wire/index.ts";
import type { Sealer } from "../core/seal.ts";
import type { KeptAnswersPort } from "../access/retries/kept-answers-port.ts";
import type { ProofStore } from "../state/proof-store.ts";
import type { ChargeServices } from "./charge-options.ts";

/** Opens upstream credentials; throws when one was sealed with another key, for another upstream or another origin. */
export interface CredentialVault {
  open(upstream: Pick<Upstream, "id" | "baseUrl">, credential: Credential): Promise<string>;
}

/** The collaborators of the pipeline. Tests pass their own. */
export interface RelayServices {
  readonly catalogue: CatalogueStore;
  readonly prices: PriceStore;
  readonly router: Router;
  readonly charge: ChargeServices;
  readonly credentials: CredentialVault;
  readonly fetch: Fetch;
  readonly wires: WireRegistry;
  /** Ids of routes that have sent a finish reason in a stream; of one isolate. */
  readonly finishingRoutes: Set<string>;
  /** What joins the retries of an API key. Call it for each use. */
  readonly answers: (keyId: string) => KeptAnswersPort;
  /** Seals the answers that are kept for retries. */
  readonly sealer: Pick<Sealer, "sealBriefly" | "openBriefly">;
  /** Keeps what clients do not send back with the results of tool calls. */
  readonly proofs: Pick<ProofStore, "keep" | "recall">;
  readonly now: () => number;
  readonly settings: RelaySettings;
}

/** What a single call of an upstream needs. */
export type CallServices = Omit<RelayServices, "router" | "answers" | "sealer" | "proofs">;

interface RelaySettings extends Deadlines {
  readonly keepAliveMs: number;
  readonly allowPrivateUpstreams: boolean;
}
