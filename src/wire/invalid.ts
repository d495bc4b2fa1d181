import { Fault } from "../core/fault.ts";

/** The fault for a wrong value. @param en the end of a sentence that begins with the field's name */
export function invalid(param: string, en: string, zh: string): Fault {
  return new Fault("invalid_parameter", { param, detail: { en: `'{param}' ${en}.`, zh: `'{param}' ${zh}。` } });
}

/** The fault for a field that every request of a wire must have. */
export function missing(param: string): Fault {
  return new Fault("missing_input", {
    param,
    detail: { en: "'{param}' is required.", zh: "缺少参数 '{param}'。" },
  });
}
