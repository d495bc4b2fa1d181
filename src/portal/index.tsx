/**
 * The portal: pages for people, rendered here, in a module that is loaded when the first page is asked for. Every page works
 * without a script. A page is a row of `pages/index.ts`.
 */
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { trimTrailingSlash } from "hono/trailing-slash";
import { asFault, Fault } from "../core/fault.ts";
import { faultFields } from "../relay/relay-request.ts";
import type { Services } from "../services.ts";
import { PAGES } from "./pages/index.ts";
import type { Content, Page } from "./page.ts";
import { problemPage, staleForm } from "./pages/problem.tsx";
import { mustProve } from "./auth/person.ts";
import { servePaymentCallbacks } from "./payment-callbacks.ts";
import { redirectTo, respond } from "./respond.tsx";
import { Visits } from "./visits.ts";
import type { Bindings, PortalContext, Visit } from "./visit.ts";

type Env = { Bindings: Bindings; Variables: { visit: Visit } };

export interface Portal {
  readonly fetch: (request: Request, bindings: Bindings) => Promise<Response>;
}

/** More than the longest form needs. */
const MAX_FORM_BYTES = 256 * 1024;

export function createPortal(services: Services, secret: string): Portal {
  const visits = new Visits(services, secret);
  const app = new Hono<Env>();

  // People type a slash at the end, and other sites link with one.
  app.use(trimTrailingSlash());
  app.get("/assets/*", async (context) => {
    const file = await services.assets(context.req.raw);
    return new Response(file.body, file);
  });
  servePaymentCallbacks(app, services);
  app.use(async function visit(context, next) {
    await services.admissions.admitAnyone({
      headers: context.req.raw.headers,
      defer: context.env.defer,
      time: async (name, step) => context.env.log.time(name, step),
    });
    context.set("visit", await visits.begin(context));
    await next();
  });
  app.use(csrf());

  for (const page of PAGES) serve(app, page);

  app.notFound(async (context) => answerFault(context, pageNotFound(context)));
  app.onError(async (error, context) => {
    if (error instanceof HTTPException) return respond(context.var.visit, staleForm());
    const fault = asFault(error);
    context.env.log.note(faultFields(fault));
    return answerFault(context, fault);
  });

  async function answerFault(context: PortalContext, fault: Fault): Promise<Response> {
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- the fault may come before the visit
    const visit = context.var.visit ?? visits.stranger(context);
    return respond(visit, problemPage(visit, fault), fault.headers());
  }

  return { fetch: async (request, bindings) => app.fetch(request, bindings) };
}

function serve(app: Hono<Env>, page: Page): void {
  const { path } = page;
  const methods = [...(page.get === undefined ? [] : ["GET", "HEAD"]), ...(page.post === undefined ? [] : ["POST"])];
  app.all(path, async function servePage(context) {
    const { visit } = context.var;
    const { method } = context.req;
    context.env.log.note({ endpoint: `${method} ${path}` });
    if (!methods.includes(method)) {
      const values = { method, path: context.req.path, allow: methods.join(", ") };
      throw new Fault("method_not_allowed", { values, headers: { allow: values.allow } });
    }
    const refused = refusal(page, visit);
    if (refused !== undefined) return refused;
    const answer = await (method === "POST" ? post(page, visit) : page.get?.(visit as never));
    return answer instanceof Response ? answer : respond(visit, answer as Content);
  });
}

async function post(page: Page, visit: Visit): Promise<Content | Response | undefined> {
  return page.post?.(visit as never, await readFormData(visit));
}

/** Sends strangers to the sign-in page and back; what only operators see does not exist for others. */
function refusal({ access }: Page, visit: Visit): Response | undefined {
  const { person, context } = visit;
  if (access === "everyone") return undefined;
  if (person === undefined) {
    const { pathname, search } = new URL(context.req.url);
    const back = context.req.method === "GET" ? `?to=${encodeURIComponent(pathname + search)}` : "";
    return redirectTo(visit, `/sign-in${back}`);
  }
  if (access === "proven" && mustProve(visit, person)) return redirectTo(visit, "/verify");
  if (access !== "operators") return undefined;
  if (person.role !== "operator") throw pageNotFound(context);
  context.env.log.note({ operator: person.email });
  return undefined;
}

/** @throws Fault `body_too_large`, `bad_json` for a body that is no form */
async function readFormData({ context }: Visit): Promise<FormData> {
  const length = Number(context.req.header("content-length") ?? Number.NaN);
  if (!(length <= MAX_FORM_BYTES)) throw new Fault("body_too_large");
  return context.req.raw.formData().catch((cause: unknown) => {
    throw new Fault("unsupported_media_type", {
      detail: { en: "Send a form.", zh: "请以表单方式提交。" },
      cause,
    });
  });
}

function pageNotFound(context: PortalContext): Fault {
  const { method, path } = context.req;
  return new Fault("route_not_found", { values: { method, path: path.slice(0, 200) } });
}
