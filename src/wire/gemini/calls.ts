/** Google's clients name the model, and what is asked of it, in the path: `gemini-2.5-pro:generateContent`. */

export function readCall(call: string): { readonly model: string; readonly action: string } {
  const at = call.lastIndexOf(":");
  const name = at === -1 ? call : call.slice(0, at);
  const model = name.replace(/^(publishers\/google\/)?(models\/)?/, "");
  return { model, action: at === -1 ? "" : call.slice(at + 1) };
}

/** The path of a call, below an upstream's base URL. */
export function callPath(model: string, action: string): string {
  return `/models/${model.split("/").map(encodeURIComponent).join("/")}:${action}`;
}
