import { Fault } from "../core/fault.ts";

/** The fault for what the upstream's wire cannot carry, and must not leave out. @param en the end of a sentence */
export function unsupported(param: string, en?: string, zh?: string): Fault {
  return new Fault(
    "unsupported_feature",
    en === undefined ? { param } : { param, detail: { en: `'{param}': ${en}.`, zh: `'{param}':${zh}。` } },
  );
}
