/** Draws the fields of a form: labels, hints, what was sent, and what is wrong with it. */
import type { Child, FC } from "hono/jsx";
import type { Choice, Field, Fields, FormState } from "../form.ts";
import { FIELDS_TEXT } from "../text/fields-text.ts";
import type { Visit } from "../visit.ts";

/** A whole form. Its state changes something, so it is always sent by POST to its own origin. */
export const Form: FC<{
  visit: Visit;
  fields: Fields;
  state: FormState;
  submit: string;
  action?: string;
  children?: Child;
}> = ({ visit, fields, state, submit, action, children }) => (
  <form method="post" action={action ?? visit.context.req.path} class="stacked" novalidate>
    <Problems visit={visit} fields={fields} state={state} />
    <Rows visit={visit} fields={fields} state={state} />
    {children}
    <p class="buttons">
      <button type="submit">{submit}</button>
    </p>
  </form>
);

/** The fields that everybody needs, and the others behind one line, which is open where one of them is filled or wrong. */
const Rows: FC<{ visit: Visit; fields: Fields; state: FormState }> = ({ visit, fields, state }) => {
  const [plain, extra] = [false, true].map((isExtra) =>
    Object.entries(fields).filter(([, field]) => (field.isExtra ?? false) === isExtra),
  );
  const row = ([name, field]: readonly [string, Field]) => (
    <FieldRow visit={visit} name={name} field={field} state={state} />
  );
  // A choice always has a value.
  const isUsed = (extra ?? []).some(
    ([name, { input }]) =>
      (input !== "select" && (state.sent[name] ?? "") !== "") || state.problems[name] !== undefined,
  );
  return (
    <>
      {(plain ?? []).map(row)}
      {(extra ?? []).length === 0 ? null : (
        <details class="extra" open={isUsed}>
          <summary>{visit.say(FIELDS_TEXT.more)}</summary>
          {(extra ?? []).map(row)}
        </details>
      )}
    </>
  );
};

/** The list of what is wrong, above the form; each line leads to its field. */
const Problems: FC<{ visit: Visit; fields: Fields; state: FormState }> = ({ visit: { say }, fields, state }) => {
  const problems = Object.entries(state.problems);
  if (problems.length === 0) return null;
  return (
    <div class="notice bad" role="alert" tabindex={-1} id="problems" data-focus>
      <p>{say(FIELDS_TEXT.problems)}</p>
      <ul>
        {problems.map(([name, { problem, values }]) => (
          <li>
            {fields[name] === undefined || fields[name].input === "hidden" ? (
              say(problem, values)
            ) : (
              <a href={`#field-${name}`}>
                {say(fields[name].label)}: {say(problem, values)}
              </a>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
};

const FieldRow: FC<{ visit: Visit; name: string; field: Field; state: FormState }> = ({
  visit,
  name,
  field,
  state,
}) => {
  const { say } = visit;
  const sent = state.sent[name] ?? "";
  if (field.input === "hidden") return <input type="hidden" name={name} value={sent} />;
  const problem = state.problems[name];
  const id = `field-${name}`;
  const described = [
    ...(field.hint === undefined ? [] : [`${id}-hint`]),
    ...(problem === undefined ? [] : [`${id}-problem`]),
  ].join(" ");
  const shared = {
    id,
    name,
    ...(problem === undefined ? {} : { "aria-invalid": "true" as const }),
    ...(described === "" ? {} : { "aria-describedby": described }),
  };
  const below = (
    <>
      {field.hint === undefined ? null : <small id={`${id}-hint`}>{say(field.hint)}</small>}
      {problem === undefined ? null : (
        <small id={`${id}-problem`} class="problem">
          {say(problem.problem, problem.values)}
        </small>
      )}
    </>
  );
  if (field.input === "checkbox") {
    return (
      <div class="field">
        <label class="check">
          <input type="checkbox" {...shared} checked={sent === "on"} />
          {say(field.label)}
        </label>
        {below}
      </div>
    );
  }
  return (
    <div class="field">
      <label for={id}>
        {say(field.label)}
        {field.required === true ? null : <span class="optional"> {say(FIELDS_TEXT.optional)}</span>}
      </label>
      <Input visit={visit} field={field} sent={sent} shared={shared} />
      {below}
    </div>
  );
};

const INPUT_MODES = { number: "numeric", decimal: "decimal", email: "email" } as const;

const Input: FC<{ visit: Visit; field: Field; sent: string; shared: Readonly<Record<string, string>> }> = ({
  visit,
  field,
  sent,
  shared,
}) => {
  const { input, choices = [], autocomplete, required, maxLength } = field;
  if (input === "select") {
    return (
      <select {...shared} required={required}>
        {choices.map((choice) => (
          <option value={choice.value} selected={choice.value === sent}>
            {labelOf(visit, choice)}
          </option>
        ))}
      </select>
    );
  }
  if (input === "lines" || input === "long") {
    return (
      <textarea {...shared} rows={input === "long" ? 6 : 3} required={required} spellcheck={input === "long"}>
        {sent}
      </textarea>
    );
  }
  const type = input === "password" || input === "email" || input === "date" ? input : "text";
  return (
    <input
      {...shared}
      type={type}
      inputmode={input in INPUT_MODES ? INPUT_MODES[input as keyof typeof INPUT_MODES] : undefined}
      // A password is never sent back to the browser.
      value={input === "password" ? undefined : sent}
      autocomplete={autocomplete ?? "off"}
      required={required}
      maxlength={maxLength}
    />
  );
};

export function labelOf({ say }: Visit, { label }: Choice): string {
  return typeof label === "string" ? label : say(label);
}

/** A form of one button, for what needs no fields. */
export const ActionButton: FC<{
  action: string;
  text: string;
  values?: Readonly<Record<string, string>>;
  quiet?: boolean;
  label?: string;
}> = ({ action, text, values = {}, quiet, label }) => (
  <form method="post" action={action} class="inline">
    {Object.entries(values).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button type="submit" class={quiet === true ? "quiet" : undefined} aria-label={label}>
      {text}
    </button>
  </form>
);
