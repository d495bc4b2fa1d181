/** Programs that read a stream, made from those that read JSON. Each prints the data of every event, and stops at `[DONE]`. */

export function streamShell(code: string): string {
  return code.replace(/^curl ([^\n]+) \\\n/, "curl $1 \\\n  --no-buffer \\\n");
}

export function streamPython(code: string): string {
  return `import json\n${code.replace(/\n\)\nprint\(response\.json\(\)\)$/, ",\n    stream=True\n)").concat(`
for line in response.iter_lines():
    text = line.decode("utf-8")
    if text.startswith("data: ") and text != "data: [DONE]":
        print(json.loads(text[6:]))`)}`;
}

export function streamJavaScript(code: string): string {
  return code.replace(
    "console.log(await response.json());",
    readLines(`    if (line.startsWith("data: ") && line !== "data: [DONE]") console.log(JSON.parse(line.slice(6)));`),
  );
}

/** JavaScript that reads `response` line by line. @param use what is done with each `line`, indented by four spaces */
export function readLines(use: string): string {
  return `const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
let rest = "";
while (true) {
  const { value, done } = await reader.read();
  if (done) break;
  const lines = (rest + value).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
${use}
  }
}`;
}

export function streamGo(code: string): string {
  return code.replace('import (\n\t"fmt"\n\t"io"\n', 'import (\n\t"bufio"\n\t"fmt"\n').replace(
    "\tbody, _ := io.ReadAll(res.Body)\n\n\tfmt.Println(string(body))\n",
    `\tlines := bufio.NewScanner(res.Body)
\tlines.Buffer(nil, 16*1024*1024)
\tfor lines.Scan() {
\t\tdata, found := strings.CutPrefix(lines.Text(), "data: ")
\t\tif found && data != "[DONE]" {
\t\t\tfmt.Println(data)
\t\t}
\t}
`,
  );
}
