/** Middleware order, mounts, and errors in the caller's dialect. */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { LIMIT_HEADERS, limitHeaders } from "./access/limits/headers.ts";
import { asFault, Fault } from "./core/fault.ts";
import { uuidv7 } from "./core/id.ts";
import { languageOf } from "./core/language.ts";
import { apiEndpoints } from "./endpoints/api/index.ts";
import { health, welcome } from "./endpoints/health.ts";
import { dialectOptions } from "./endpoints/identity.ts";
import { likelyPath, normalisePath } from "./endpoints/paths.ts";
import { SURFACES, surfaceOf } from "./endpoints/surfaces.ts";
import { STATUS } from "./endpoints/status.ts";
import { ENDPOINTS } from "./endpoints/table.ts";
import type { Endpoint, GatewayContext, Variables } from "./endpoints/types.ts";
import { RequestRecord, type Ending } from "./relay/record.ts";
import type { Services } from "./services.ts";

export type App = Hono<{ Variables: Variables }>;

/** Answer headers that browsers may show to scripts. */
const EXPOSED_HEADERS = [
  "x-request-id",
  "x-gateway-model",
  "x-gateway-attempts",
  "x-gateway-reason",
  "x-gateway-warnings",
  "server-timing",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  ...LIMIT_HEADERS,
];

export function createApp(services: Services): App {
  const own = [STATUS, ...apiEndpoints(services.settings)];
  const app = createShell(services, [], own);
  for (const { mount } of SURFACES) {
    mountAll(
      app,
      services,
      ENDPOINTS.map((endpoint) => ({ ...endpoint, path: mount + endpoint.path })),
    );
  }
  mountAll(app, services, own);
  return app;
}

/** @param endpoints with whole paths */
function mountAll(app: App, services: Services, endpoints: readonly Endpoint[]): void {
  for (const { method, path, handle } of endpoints) {
    app.on(method, path, async function endpoint(context) {
      context.var.record.fields.endpoint = `${method} ${path}`;
      return handle(context, services);
    });
  }
  for (const [path, group] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    app.all(path, function wrongMethod(context) {
      throw methodNotAllowed(context, group);
    });
  }
}

/** What runs while the configuration is wrong: it says which variables, and serves nothing. */
export function createBrokenApp(problems: readonly string[]): App {
  console.error(JSON.stringify({ level: "error", event: "configuration", problems }));
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

  app.use(async function record(context, next) {
    const entry = new RequestRecord(uuidv7(), services?.now ?? Date.now);
    const clientId = context.req
      .header("x-request-id")
      ?.replaceAll(/[^\w.:-]/g, "")
      .slice(0, 100);
    if (clientId !== undefined && clientId !== "") entry.fields.client_request_id = clientId;
    context.set("record", entry);
    context.set("surface", surfaceOf(context.req.path));
    const served = next();
    // Keeps the request alive when its client leaves before the answer: it still has a charge to close and a line to write.
    context.executionCtx.waitUntil(settled(served));
    await served;
    entry.fields.status = context.res.status;
    context.header("x-request-id", entry.requestId);
    context.header("server-timing", entry.serverTiming());
    const { keyVerdict } = context.var;
    if (keyVerdict !== undefined && services !== undefined) {
      for (const [name, value] of Object.entries(limitHeaders(keyVerdict, services.now()))) context.header(name, value);
    }
    // A stream writes its line at its own end.
    if (context.var.streaming !== true) entry.write(endingOf(entry));
  });
  app.use(
    cors({
      origin: "*",
      allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
      exposeHeaders: EXPOSED_HEADERS,
      maxAge: 86_400,
    }),
  );

  app.get("/", (context) => welcome(new URL(context.req.url).origin));
  app.get("/healthz", async () => health(services, problems));

  app.notFound(function unknownPath(context) {
    return answerFault(context, routeNotFound(context, own), services);
  });
  app.onError(function failed(error, context) {
    return answerFault(context, asFault(error), services);
  });
  return app;
}

function answerFault(context: GatewayContext, fault: Fault, services: Services | undefined): Response {
  const { surface, record } = context.var;
  record.fail(fault);
  const language = languageOf(context.req.header("accept-language") ?? null, surface.dialect.language);
  const options = services === undefined ? { legacyCodes: false } : dialectOptions(context, services);
  context.set("streaming", false);
  // A request that asked for a model says how far it came.
  const why: Record<string, string> =
    record.fields.asked_model === undefined
      ? {}
      : { "x-gateway-attempts": String(record.attempts.length), "x-gateway-reason": fault.kind };
  return Response.json(surface.dialect.body(fault, language, options), {
    status: surface.dialect.status(fault),
    headers: { ...fault.headers(), ...why },
  });
}

/** One turn of the loop longer than the work itself: what follows it runs, too. */
async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 0));
}

function endingOf({ fields }: RequestRecord): Ending {
  if (fields.fault === undefined) return "complete";
  return fields.fault === "client_closed" ? "abandoned" : "failed";
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
  const { method } = context.req;
  const methods = endpoints.flatMap((endpoint) => (endpoint.method === "GET" ? ["GET", "HEAD"] : [endpoint.method]));
  const allow = [...methods, "OPTIONS"].join(", ");
  return new Fault("method_not_allowed", { values: { method, path: context.req.path, allow }, headers: { allow } });
}
