import { integer } from "drizzle-orm/sqlite-core";

/** Unix milliseconds. */
export const milliseconds = (name: string) => integer(name);

export const flag = (name: string) => integer(name, { mode: "boolean" });
