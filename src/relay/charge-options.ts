/** What a charge needs: its services, what it is about, and what it says at its end. */
import type { KnownFunds, Standing } from "../billing/known-funds.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import type { LocalCount } from "../billing/usage-count.ts";
import type { ChargeRef, Wallet } from "../billing/wallet.ts";
import type { JsonObject } from "../core/json.ts";
import type { Demand } from "../operation/demand.ts";
import type { Model } from "../routing/route.ts";

/** Who pays, and at what ratio. */
export interface Payer {
  readonly accountId: string;
  readonly keyId: string;
  /** Parts per million of the price. */
  readonly ratioPpm: number;
  /** As it was read with the key; undefined = nothing is known. */
  readonly standing?: Standing;
}

export interface ChargeServices {
  readonly wallet: Wallet;
  readonly funds: KnownFunds;
  /** Whether the key of a running request may still be used. */
  readonly isStillAllowed: (keyId: string) => Promise<boolean>;
  readonly now: () => number;
  readonly checkpointMs: number;
}

export interface ChargeOptions {
  readonly ref: ChargeRef;
  readonly payer: Payer;
  readonly demand: Demand;
  /** The client is given a stream, so the hold can be raised on the way. */
  readonly streams: boolean;
  /** The models that may serve, each with its price in effect. */
  readonly models: ReadonlyMap<Model, PriceVersion>;
  readonly delivered: LocalCount;
  /** What is stored of the request with the hold; never a prompt. */
  readonly request: JsonObject;
}

/** What the log line says of a closed charge. */
export interface ChargeSummary {
  readonly usage?: JsonObject;
  readonly amount_nanos?: number;
  readonly estimated?: boolean;
}

/** The cap on output tokens that must be sent upstream; undefined = the gateway sets no cap of its own. */
export type OutputCap = number | undefined;
