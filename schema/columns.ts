import { customType, integer } from "drizzle-orm/sqlite-core";

/** Unix milliseconds. */
export const milliseconds = (name: string) => integer(name);

export const flag = (name: string) => integer(name, { mode: "boolean" });

/** Bytes. D1 returns them as an array of numbers. */
export const bytes = customType<{ data: Uint8Array; driverData: ArrayBuffer | Uint8Array | number[] }>({
  dataType: () => "blob",
  fromDriver: (value) => new Uint8Array(value),
});

/** Nanos: 1e-9 of the site's currency, a whole number below 2^53. */
export const nanos = (name: string) => integer(name);
