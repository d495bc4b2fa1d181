/**
 * The parts of a route and a credential that health needs. A `Route` and a `Credential` of the catalogue
 * (`routing/route.ts`) have these parts, so that health need not import the catalogue.
 */

/** The most that an upstream takes; null = no limit. */
export interface Capacity {
  readonly requestsPerMinute: number | null;
  /** Of prompts and outputs together. */
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

export const UNLIMITED: Capacity = { requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null };

/** Its capacity is that of all routes together. */
interface CredentialIdentity extends Capacity {
  readonly id: string;
  /** The secret, encrypted. */
  readonly sealed: string;
}

/** Its capacity is that of each credential on this route. */
export interface RouteIdentity extends Capacity {
  readonly id: string;
  readonly model: { readonly id: string };
  readonly upstream: { readonly id: string; readonly credentials: readonly CredentialIdentity[] };
}

/** A route with one of its upstream's credentials. */
export interface CandidateIdentity {
  readonly route: RouteIdentity;
  readonly credential: CredentialIdentity;
}

/** Names a credential's present secret: a new secret in an old row is a new credential. */
export function credentialKey({ id, sealed }: CredentialIdentity): string {
  return `${id}~${sealed.slice(-6)}`;
}

export function credentialIdOf(key: string): string {
  return key.replace(/~[^~]*$/, "");
}

export function candidateKey({ route, credential }: CandidateIdentity): string {
  return `${route.id} ${credentialKey(credential)}`;
}
