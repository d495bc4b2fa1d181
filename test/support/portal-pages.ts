/** The portal's pages, as tests visit them. `test/portal/pages.test.ts` holds these lists against the pages themselves. */
import { DEMO_KEY } from "../../schema/seed.ts";

type Visitor = "user" | "operator" | "nobody";

/** Each page that has a GET, with an address at which there is something to see. `{charge}` is a charge's id. */
export const ADDRESSES: Readonly<Record<string, { readonly at?: string; readonly as?: Visitor }>> = {
  "/": { as: "nobody" },
  "/pricing": { as: "nobody" },
  "/status": { as: "nobody" },
  "/sign-in": { as: "nobody" },
  "/sign-in/code": { as: "nobody" },
  "/sign-up": { as: "nobody" },
  "/reset": { as: "nobody" },
  "/reset/:token": { at: "/reset/some-token", as: "nobody" },
  "/app": {},
  "/app/keys": {},
  "/app/keys/new": {},
  "/app/keys/:id": { at: `/app/keys/${DEMO_KEY}` },
  "/app/keys/:id/delete": { at: `/app/keys/${DEMO_KEY}/delete` },
  "/app/usage": { at: "/app/usage?range=week" },
  "/app/requests": {},
  "/app/requests/:id": { at: "/app/requests/{charge}" },
  "/app/billing": {},
  "/redeem": { at: "/redeem?code=ABCDE" },
  "/app/playground": {},
  "/app/account": {},
  "/app/account/email": {},
  "/app/account/password": {},
  "/app/account/codes": {},
  "/app/account/delete": {},
};

/** Answers to GET that are no pages: files, what only the script asks for, and what a new key has once. */
export const NO_PAGES = ["/app/usage.csv", "/app/billing.csv", "/app/playground/cost", "/app/keys/:id/created"];

/** Where forms go. */
export const POSTS = [
  "/sign-in",
  "/sign-in/code",
  "/sign-out",
  "/sign-up",
  "/reset",
  "/reset/:token",
  "/app/keys/new",
  "/app/keys/:id",
  "/app/keys/:id/enable",
  "/app/keys/:id/disable",
  "/app/keys/:id/delete",
  "/app/billing/redeem",
  "/app/billing/plan",
  "/app/playground",
  "/app/playground/stream",
  "/app/account",
  "/app/account/sessions/end",
  "/app/account/delete",
  "/app/account/email",
  "/app/account/password",
  "/app/account/codes",
  "/app/account/codes/confirm",
];
