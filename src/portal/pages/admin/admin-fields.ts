/** Fields of the operator's forms. Each rule gives what the API takes. */
import type { Text } from "../../../core/language.ts";
import type { Choice, Field, Ruled } from "../../form.ts";
import { allRows, text } from "../../operator-api.ts";
import { checked, decimalNanos, lines, whole } from "../../rules.ts";
import { RULES } from "../../text/rules-text.ts";
import type { OwnVisit } from "../../visit.ts";

interface Labelled {
  readonly label: Text;
  readonly hint?: Text;
  readonly isExtra?: boolean;
}

const MOST = Number.MAX_SAFE_INTEGER;

export function word({
  isRequired = false,
  ...shown
}: Labelled & { readonly isRequired?: boolean }): Field<string | undefined> {
  return {
    ...shown,
    input: "text",
    required: isRequired,
    maxLength: 500,
    rule: (text) => {
      if (text !== "") return { value: text };
      return isRequired ? { problem: RULES.missing } : { value: undefined };
    },
  };
}

/** Empty removes it. */
export function wordOrNone(shown: Labelled): Field<string | null> {
  return { ...shown, input: "text", maxLength: 500, rule: (text) => ({ value: text === "" ? null : text }) };
}

export function secret(shown: Labelled): Field<string> {
  return {
    ...shown,
    input: "password",
    autocomplete: "new-password",
    required: true,
    rule: (text) => (text === "" ? { problem: RULES.missing } : { value: text }),
  };
}

/** Empty = null. */
export function count(shown: Labelled & { readonly least?: number }): Field<number | null> {
  return { ...shown, input: "number", rule: whole(shown.least ?? 0, MOST) };
}

/** Empty leaves it as it is. */
export function number(shown: Labelled): Field<number | undefined> {
  const rule = whole(0, MOST);
  return {
    ...shown,
    input: "number",
    rule: (text): Ruled<number | undefined> => {
      const ruled = rule(text);
      return "value" in ruled ? { value: ruled.value ?? undefined } : ruled;
    },
  };
}

/** In the site's currency, also negative where that is allowed; empty = null. Sent as nanos. */
export function money(
  shown: Labelled & { readonly isSigned?: boolean; readonly isRequired?: boolean },
): Field<number | null> {
  const { isSigned = false, isRequired = false, ...rest } = shown;
  return {
    ...rest,
    input: "decimal",
    required: isRequired,
    maxLength: 25,
    rule: (text): Ruled<number | null> => {
      if (text === "") return isRequired ? { problem: RULES.missing } : { value: null };
      const nanos = decimalNanos(text);
      return nanos === undefined || (!isSigned && nanos < 0) ? { problem: RULES.amount } : { value: nanos };
    },
  };
}

export function listed(shown: Labelled): Field<readonly string[] | null> {
  return { ...shown, input: "lines", rule: lines };
}

export function flag(shown: Labelled): Field<boolean> {
  return { ...shown, input: "checkbox", rule: checked };
}

/** One of the choices, the first where none was made; an empty value is null. A choice that is not there is never another one. */
export function choice(shown: Labelled & { readonly choices: readonly Choice[] }): Field<string | null> {
  const { choices } = shown;
  return {
    ...shown,
    input: "select",
    required: true,
    rule: (text): Ruled<string | null> => {
      const known = choices.find(({ value }) => value === text) ?? (text === "" ? choices[0] : undefined);
      if (known === undefined) return text === "" ? { value: null } : { problem: RULES.choice };
      return { value: known.value === "" ? null : known.value };
    },
  };
}

/** The end of a day in UTC, as the API writes moments; empty = null. */
export function day(shown: Labelled): Field<string | null> {
  return {
    ...shown,
    input: "date",
    rule: (text): Ruled<string | null> => {
      if (text === "") return { value: null };
      const ok = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
      return ok ? { value: `${text}T23:59:59.000Z` } : { problem: RULES.date };
    },
  };
}

/** The rows of a kind as choices of a form. */
export async function choicesOf(visit: OwnVisit, api: string, none?: Choice): Promise<readonly Choice[]> {
  const rows = await allRows(visit, api);
  const choices = rows.map((row) => ({ value: text(row, "id"), label: text(row, "name") || text(row, "id") }));
  return none === undefined ? choices : [none, ...choices];
}
