/** Two generations of OpenAI's SDK. They have the same interface, as far as tests use it. */
import OpenAI from "openai";
import OpenAI6 from "openai6";

export const SDKS: readonly (readonly [name: string, Sdk: typeof OpenAI])[] = [
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6 as unknown as typeof OpenAI],
];
