import { LocalLimiter } from "../../../src/access/limits/local.ts";
import { limiterSuite } from "./suite.ts";

/** The isolates of the suite share their storage; this limiter is one isolate. */
const only = new LocalLimiter(() => Date.now());

limiterSuite("local", { create: () => only, ipLimit: 20 });
