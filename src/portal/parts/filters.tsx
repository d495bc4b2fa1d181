/** A form that only chooses what a page shows: sent by GET, so that the choice stands in the address. */
import type { FC } from "hono/jsx";
import type { Text } from "../../core/language.ts";
import type { Choice } from "../form.ts";
import type { Visit } from "../visit.ts";
import { labelOf } from "./fields.tsx";

export interface Filter {
  readonly name: string;
  readonly label: Text;
  /** Without choices it is a text. */
  readonly choices?: readonly Choice[];
  readonly input?: "text" | "date";
}

export const Filters: FC<{ visit: Visit; filters: readonly Filter[]; submit: Text }> = ({ visit, filters, submit }) => {
  const { context, say } = visit;
  return (
    <form method="get" action={context.req.path} class="filters">
      {filters.map(({ name, label, choices, input }) => {
        const value = context.req.query(name) ?? "";
        return (
          <div class="field">
            <label for={`filter-${name}`}>{say(label)}</label>
            {choices === undefined ? (
              <input id={`filter-${name}`} name={name} type={input ?? "text"} value={value} autocomplete="off" />
            ) : (
              <select id={`filter-${name}`} name={name}>
                {choices.map((choice) => (
                  <option value={choice.value} selected={choice.value === value}>
                    {labelOf(visit, choice)}
                  </option>
                ))}
              </select>
            )}
          </div>
        );
      })}
      <button type="submit">{say(submit)}</button>
    </form>
  );
};
