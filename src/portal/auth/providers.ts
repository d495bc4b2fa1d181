/** Signing in with an account elsewhere: GitHub, Google, and one provider of OpenID Connect. Each needs its variables. */
import { genericOAuth } from "better-auth/plugins/generic-oauth";
import type { Settings } from "../../settings.ts";

export interface Provider {
  readonly id: "github" | "google" | "oidc";
  readonly name: string;
  /** Where its pages are: a form of ours leads there. */
  readonly origin: string;
}

/** Those that are set up. */
export function providersOf(settings: Settings): readonly Provider[] {
  const { GITHUB_CLIENT_ID: github, GOOGLE_CLIENT_ID: google, OIDC_ISSUER: issuer, OIDC_NAME: name } = settings;
  return [
    ...(github === undefined ? [] : [{ id: "github", name: "GitHub", origin: "https://github.com" } as const]),
    ...(google === undefined ? [] : [{ id: "google", name: "Google", origin: "https://accounts.google.com" } as const]),
    ...(issuer === undefined ? [] : [{ id: "oidc", name, origin: new URL(issuer).origin } as const]),
  ];
}

/** As the library wants them. Nobody gets an account by them where the site is closed; see `auth.ts`. */
export function socialProviders(settings: Settings) {
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = settings;
  return {
    ...(GITHUB_CLIENT_ID === undefined
      ? {}
      : { github: { clientId: GITHUB_CLIENT_ID, clientSecret: GITHUB_CLIENT_SECRET ?? "" } }),
    ...(GOOGLE_CLIENT_ID === undefined
      ? {}
      : { google: { clientId: GOOGLE_CLIENT_ID, clientSecret: GOOGLE_CLIENT_SECRET ?? "" } }),
  };
}

export function oidcPlugins(settings: Settings) {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = settings;
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined) return [];
  return [
    genericOAuth({
      config: [
        {
          providerId: "oidc",
          discoveryUrl: `${OIDC_ISSUER.replace(/\/$/, "")}/.well-known/openid-configuration`,
          clientId: OIDC_CLIENT_ID,
          clientSecret: OIDC_CLIENT_SECRET ?? "",
          scopes: ["openid", "email", "profile"],
          pkce: true,
        },
      ],
    }),
  ];
}
