import type { Candidate } from "../routing/route.ts";
import type { RelayServices } from "../relay/relay-services.ts";
import type { KeepQueue } from "./keep-queue.ts";
import type { TaskStore } from "./task-store.ts";

export interface TaskServices {
  readonly relay: RelayServices;
  readonly store: TaskStore;
  /** The route and the credential as the database has them now, also when they are switched off for new requests. */
  readonly candidate: (routeId: string, credentialId: string) => Promise<Candidate | undefined>;
  /** Has somebody look after the tasks of an upstream at that time; Unix milliseconds. */
  readonly wake: (upstreamId: string, atMs: number) => Promise<void>;
  /** SHA-256 of an API key, in lower-case hexadecimal; undefined = it is gone. */
  readonly keyHash: (keyId: string) => Promise<string | undefined>;
  readonly limits: TaskLimits;
  /** Where results are kept; undefined = nowhere but where they were made. */
  readonly results: KeptResults | undefined;
}

interface KeptResults {
  readonly bucket: R2Bucket;
  readonly queue: KeepQueue;
  readonly keptMs: number;
}

interface TaskLimits {
  /** Tasks of one account that are not finished. */
  readonly mostOpen: number;
  /** A task that takes longer has failed. */
  readonly longestMs: number;
  /** How long it is known after that. */
  readonly keptMs: number;
}
