/** Middleware order, mounts, and errors in the caller's dialect. */
import { Hono, type MiddlewareHandler } from "hono";
import { addressCheck } from "./access/limits/address.ts";
import { asFault, Fault } from "./core/fault.ts";
import { uuidv7 } from "./core/id.ts";
import { log } from "./core/log.ts";
import { commonHeaders } from "./endpoints/answer-headers.ts";
import { accountDocument, apiEndpoints } from "./endpoints/api/index.ts";
import { preflight } from "./endpoints/cors.ts";
import { discardBody } from "./endpoints/discard-body.ts";
import { DatabaseCheck, health, welcome } from "./endpoints/healthz.ts";
import { likelyPath, normalisePath } from "./endpoints/paths.ts";
import { dialectOf, SURFACES, surfaceOf } from "./endpoints/surfaces.ts";
import { isClosedPath, isSitePath } from "./endpoints/site-paths.ts";
import { STATUS } from "./endpoints/status-json.ts";
import type { Endpoint, GatewayContext, Variables } from "./endpoints/types.ts";
import { faultFields } from "./relay/relay-request.ts";
import type { Portal } from "./portal/index.tsx";
import { RequestLog, type Ending } from "./relay/request-log.ts";
import type { Services } from "./services.ts";

export type App = Hono<{ Variables: Variables }>;

export function createApp(services: Services): App {
  const own = [STATUS, ...apiEndpoints(services.settings)];
  const app = createShell(services, [], own);
  for (const { mount, rows } of SURFACES) {
    mountAll(
      app,
      services,
      rows.map((row) => ({ ...row, path: mount + row.path })),
    );
  }
  mountAll(app, services, own);
  return app;
}

/** @param endpoints with whole paths */
function mountAll(app: App, services: Services, endpoints: readonly Endpoint[]): void {
  for (const { method, path, handle } of endpoints) {
    app.on(method, path, async function endpoint(context) {
      const name = `${method} ${path}`;
      context.set("endpoint", name);
      context.var.log.note({ endpoint: name });
      return handle(context, services);
    });
  }
  for (const [path, group] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    app.all(path, function wrongMethod(context) {
      throw methodNotAllowed(context, group);
    });
  }
}

/** The app while the configuration is wrong: it names the wrong variables and serves nothing. */
export function createBrokenApp(problems: readonly string[]): App {
  log("error", "configuration", { problems });
  const app = createShell(undefined, problems);
  app.all("*", function notConfigured() {
    throw new Fault("maintenance", {
      values: { problem: `configuration of ${problems.join(", ")}` },
      reason: `configuration: ${problems.join(", ")}`,
    });
  });
  return app;
}

function createShell(services: Services | undefined, problems: readonly string[], own: readonly Endpoint[] = []): App {
  const app: App = new Hono<{ Variables: Variables }>({
    getPath: (request) => normalisePath(new URL(request.url).pathname),
  });

  app.use(async function serve(context, next) {
    const { path } = context.req;
    context.set("log", new RequestLog(uuidv7(), services?.now ?? Date.now));
    context.set("endpoint", "");
    const surface = surfaceOf(path);
    context.set("surface", surface);
    context.set("dialect", dialectOf(surface, path, context.req.raw.headers));
    noteClientId(context);
    const served = next().then(() => finish(context, services));
    // Keeps the request alive when its client leaves before the answer: it still has a charge to close and a line to write.
    context.executionCtx.waitUntil(served);
    await served;
  });
  const portal = services?.settings.SESSION_SECRET;
  if (services !== undefined && portal !== undefined) app.use(servesPages(app, services, portal));
  app.options("*", async function offersCors(context, next) {
    return isClosedPath(context.req.path) ? next() : preflight(context, next);
  });

  app.get("/", (context) => {
    context.var.log.note({ endpoint: "GET /" });
    return welcome(new URL(context.req.url).origin, portal !== undefined);
  });
  const database = services === undefined ? undefined : new DatabaseCheck(services);
  app.get("/healthz", async (context) => {
    context.var.log.note({ endpoint: "GET /healthz" });
    return health(await database?.state((work) => context.executionCtx.waitUntil(work)), problems);
  });

  app.notFound(async function unknownPath(context) {
    return answerFault(context, services, routeNotFound(context, own));
  });
  app.onError(async function failed(error, context) {
    return answerFault(context, services, asFault(error));
  });
  return app;
}

/** Gives the portal what is asked of it. Its module is loaded when somebody first asks for a page. */
function servesPages(app: App, services: Services, secret: string): MiddlewareHandler<{ Variables: Variables }> {
  let portal: Portal | undefined;
  return async function pages(context, next) {
    const { path } = context.req;
    if (!isSitePath(path) && !(path === "/" && acceptsHtml(context))) {
      await next();
      const isUnknown = context.error instanceof Fault && context.error.kind === "route_not_found";
      if (!isUnknown || !acceptsHtml(context)) return;
      // Else Hono would keep the headers of the answer before.
      context.res = undefined;
    }
    portal ??= (await import("./portal/index.tsx")).createPortal(services, secret);
    context.var.log.note({ endpoint: `${context.req.method} /${path.split("/")[1] ?? ""}` });
    context.res = await portal.fetch(context.req.raw, {
      log: context.var.log,
      defer: (work) => context.executionCtx.waitUntil(work),
      ask: async (request) => app.fetch(request, undefined, context.executionCtx),
      accountApi: accountDocument,
    });
  };
}

/** Browsers ask for HTML by name. */
function acceptsHtml(context: GatewayContext): boolean {
  const isRead = context.req.method === "GET" || context.req.method === "HEAD";
  return isRead && (context.req.header("accept") ?? "").includes("text/html");
}

async function answerFault(context: GatewayContext, services: Services | undefined, fault: Fault): Promise<Response> {
  context.var.log.note(faultFields(fault));
  context.error = fault;
  await discardBody(context.req.raw);
  return context.var.surface.answerFault(context, services, fault);
}

function noteClientId(context: GatewayContext): void {
  const id = context.req
    .header("x-request-id")
    ?.replaceAll(/[^\w.:-]/g, "")
    .slice(0, 100);
  if (id === undefined || id === "") return;
  context.set("clientRequestId", id);
  context.var.log.note({ client_request_id: id });
}

/** Adds the headers of every answer if they are missing, and writes the log line. */
function finish(context: GatewayContext, services: Services | undefined): void {
  const { headers, status } = context.res;
  if (!headers.has("x-request-id")) {
    for (const [name, value] of Object.entries(commonHeaders(context, services))) headers.set(name, value);
  }
  // A call of one of the portal's pages belongs to the page's line.
  const isPages = services?.operators.vouchedFor(context.req.raw) !== undefined;
  if (context.var.closesItself === true || isPages || isCounted(context, services)) return;
  context.var.log.write(endingOf(context.error), status);
}

/** Whether the request is one of many refusals of its caller, which have one line together. */
function isCounted(context: GatewayContext, services: Services | undefined): boolean {
  const { error, var: known } = context;
  if (services === undefined || !(error instanceof Fault)) return false;
  const { accountId: account, keyId: key } = known.identity ?? {};
  return services.refusals.takes({
    fault: error.kind,
    caller: key ?? addressCheck(context.req.raw.headers, 0).subject,
    fields: account === undefined || key === undefined ? {} : { account, key },
    defer: (work) => context.executionCtx.waitUntil(work),
  });
}

function endingOf(error: Error | undefined): Ending {
  if (error === undefined) return "complete";
  return error instanceof Fault && error.kind === "client_closed" ? "abandoned" : "failed";
}

function routeNotFound(context: GatewayContext, own: readonly Endpoint[]): Fault {
  const { method, path } = context.req;
  const likely = likelyPath(
    path,
    own.map((endpoint) => endpoint.path),
  );
  const values = { method, path: path.slice(0, 200), likely: likely ?? "" };
  if (likely === undefined) return new Fault("route_not_found", { values });
  const detail = {
    en: "There is nothing at {method} {path}. Did you mean {likely}?",
    zh: "路径不存在:{method} {path}。您是否想访问 {likely}?",
  };
  return new Fault("route_not_found", { values, detail });
}

function methodNotAllowed(context: GatewayContext, endpoints: readonly Endpoint[]): Fault {
  const { method, path } = context.req;
  const methods = endpoints.flatMap((endpoint) => (endpoint.method === "GET" ? ["GET", "HEAD"] : [endpoint.method]));
  const allow = [...methods, ...(isClosedPath(path) ? [] : ["OPTIONS"])].join(", ");
  return new Fault("method_not_allowed", { values: { method, path, allow }, headers: { allow } });
}
