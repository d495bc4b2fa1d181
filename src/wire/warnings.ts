/** The entries of the header `x-gateway-warnings`. Each is `kind=value`; they are joined by commas. */

/** More fields are counted, not named. */
const MAX_NAMED = 20;
const MAX_NAME_LENGTH = 60;

/**
 * @param dropped the names of fields that were not sent upstream
 * @param outputCap the cap on output tokens that the gateway set, where it is not the client's own
 */
export function warningsOf(dropped: readonly string[], outputCap: number | undefined): string[] {
  const more = dropped.length - MAX_NAMED;
  return [
    ...(outputCap === undefined ? [] : [`output_capped=${outputCap}`]),
    ...dropped.slice(0, MAX_NAMED).map((name) => `dropped=${printable(name)}`),
    ...(more > 0 ? [`more_dropped=${more}`] : []),
  ];
}

/** A client's name in a form that a header can hold. */
function printable(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).replaceAll(/[^\w.:@$/-]/g, "?");
}
