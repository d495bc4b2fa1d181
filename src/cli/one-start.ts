/** Evaluates one build of the Worker and prints the microseconds of CPU that this took. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** What workerd brings itself. */
const RUNTIME = "data:text/javascript,export class DurableObject {}; export const env = {};";

registerHooks({
  resolve: (name, context, next) =>
    name.startsWith("cloudflare:") ? { url: RUNTIME, shortCircuit: true } : next(name, context),
});
// A first import, so that the loader itself is not counted.
const EMPTY: string = "data:text/javascript,export default 1";
await import(EMPTY);
const before = process.cpuUsage();
await import(pathToFileURL(process.argv[2] ?? "").href);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String(user + system));
