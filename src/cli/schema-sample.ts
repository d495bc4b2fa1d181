/** A simple value that fits a JSON schema: enough for tool arguments and structured output. */
export function sampleOf(schema: object): unknown {
  const { type, enum: choices, properties, items, anyOf, default: preset } = schema as JsonSchema;
  if (preset !== undefined) return preset;
  if (choices !== undefined) return choices[0];
  if (anyOf?.[0] !== undefined) return sampleOf(anyOf[0]);
  switch (String(Array.isArray(type) ? type[0] : type)) {
    case "string":
      return "Boston";
    case "integer":
    case "number":
      return 42;
    case "boolean":
      return true;
    case "array":
      return items === undefined ? [] : [sampleOf(items)];
    case "null":
      return null;
    default:
      return Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, sampleOf(property)]));
  }
}

interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, object>;
  items?: object;
  anyOf?: object[];
  default?: unknown;
}
