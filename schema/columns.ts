import { integer } from "drizzle-orm/sqlite-core";

/** Unix milliseconds. */
export const milliseconds = (name: string) => integer(name);

export const flag = (name: string) => integer(name, { mode: "boolean" });

/** Nanos: 1e-9 of the site's currency, a whole number below 2^53. */
export const nanos = (name: string) => integer(name);
