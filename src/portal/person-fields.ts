/** The fields of forms about a person: who they are, and how they prove it. */
import { email, named, newPassword, password } from "./rules.ts";
import { ACCOUNT } from "./text/account-text.ts";
import { SIGN_IN } from "./text/sign-in-text.ts";

export const EMAIL_FIELD = {
  label: SIGN_IN.email,
  input: "email",
  autocomplete: "username",
  required: true,
  rule: email,
} as const;

export const CURRENT_PASSWORD_FIELD = {
  label: ACCOUNT.currentPassword,
  input: "password",
  autocomplete: "current-password",
  required: true,
  rule: password,
} as const;

export const NEW_PASSWORD_FIELD = {
  label: SIGN_IN.newPassword,
  hint: SIGN_IN.passwordHint,
  input: "password",
  autocomplete: "new-password",
  required: true,
  rule: newPassword,
} as const;

/** What makes a new person. */
export const PERSON_FIELDS = {
  name: {
    label: SIGN_IN.name,
    hint: SIGN_IN.nameHint,
    input: "text",
    autocomplete: "nickname",
    required: true,
    maxLength: 60,
    rule: named(SIGN_IN.nameProblem),
  },
  email: EMAIL_FIELD,
  password: { ...NEW_PASSWORD_FIELD, label: SIGN_IN.password },
} as const;
