/**
 * The languages that a request is shown in. The generator writes the request; `complete` adds what a program needs around it, and
 * mends what the generator gets wrong.
 * @see https://github.com/scalar/scalar/tree/main/packages/snippetz
 */
import { cLibcurl } from "@scalar/snippetz/plugins/c/libcurl";
import { csharpHttpclient } from "@scalar/snippetz/plugins/csharp/httpclient";
import { dartHttp } from "@scalar/snippetz/plugins/dart/http";
import { goNative } from "@scalar/snippetz/plugins/go/native";
import { httpHttp11 } from "@scalar/snippetz/plugins/http/http11";
import { javaOkhttp } from "@scalar/snippetz/plugins/java/okhttp";
import { jsFetch } from "@scalar/snippetz/plugins/js/fetch";
import { objcNsurlsession } from "@scalar/snippetz/plugins/objc/nsurlsession";
import { ocamlCohttp } from "@scalar/snippetz/plugins/ocaml/cohttp";
import { phpCurl } from "@scalar/snippetz/plugins/php/curl";
import { pythonRequests } from "@scalar/snippetz/plugins/python/requests";
import { rHttr2 } from "@scalar/snippetz/plugins/r/httr2";
import { rubyNative } from "@scalar/snippetz/plugins/ruby/native";
import { shellCurl } from "@scalar/snippetz/plugins/shell/curl";
import { swiftNsurlsession } from "@scalar/snippetz/plugins/swift/nsurlsession";
import type { CodeForm } from "../types.ts";
import type { Har } from "./har.ts";
import { streamGo, streamJavaScript, streamPython, streamShell } from "./stream-readers.ts";

export interface CodeLanguage {
  readonly name: string;
  readonly form: CodeForm;
  readonly generate: (har: Har) => string;
  readonly complete?: (code: string) => string;
  /** The generator cannot write a form with a file: the language shows such a request in `sh`. */
  readonly takesNoFiles?: true;
  /** Makes of a completed request a program that reads a stream; without it the language shows a request for JSON. */
  readonly stream?: (code: string) => string;
}

/** In the order in which they are offered. */
export const CODE_LANGUAGES = {
  shell: { name: "Shell", form: "sh", generate: shellCurl.generate, stream: streamShell },
  javascript: {
    name: "JavaScript",
    form: "js",
    generate: jsFetch.generate,
    complete: completeJavaScript,
    stream: streamJavaScript,
  },
  java: { name: "Java", form: "java", generate: javaOkhttp.generate, complete: completeJava },
  swift: { name: "Swift", form: "swift", generate: swiftNsurlsession.generate, takesNoFiles: true },
  go: {
    name: "Go",
    form: "go",
    generate: goNative.generate,
    complete: (code) => code.replace("\tfmt.Println(res)\n", "").replace(/\n\n\}$/, "\n}"),
    stream: streamGo,
  },
  php: { name: "PHP", form: "php", generate: phpCurl.generate, complete: (code) => `<?php\n${code}` },
  python: {
    name: "Python",
    form: "python",
    generate: pythonRequests.generate,
    complete: (code) => `import requests\n\nresponse = ${code}\nprint(response.json())`,
    stream: streamPython,
  },
  http: { name: "HTTP", form: "http", generate: httpHttp11.generate, takesNoFiles: true },
  c: { name: "C", form: "c", generate: cLibcurl.generate },
  csharp: {
    name: "C#",
    form: "csharp",
    generate: csharpHttpclient.generate,
    complete: (code) =>
      `using System.Net.Http.Headers;\n\n${code}\nConsole.WriteLine(await response.Content.ReadAsStringAsync());`,
  },
  objc: {
    name: "Objective-C",
    form: "objc",
    generate: objcNsurlsession.generate,
    complete: completeObjectiveC,
    takesNoFiles: true,
  },
  ruby: { name: "Ruby", form: "ruby", generate: rubyNative.generate, complete: completeRuby },
  ocaml: { name: "OCaml", form: "ocaml", generate: ocamlCohttp.generate },
  dart: { name: "Dart", form: "dart", generate: dartHttp.generate, takesNoFiles: true },
  r: { name: "R", form: "r", generate: rHttr2.generate },
} as const satisfies Record<string, CodeLanguage>;

/** The generator leaves the files of a form empty. */
function completeJavaScript(code: string): string {
  const call = code.search(/^fetch\(/m);
  const [form, request] = [code.slice(0, call), code.slice(call)];
  const imports = form === "" ? "" : 'import { openAsBlob } from "node:fs";\n\n';
  const filled = form.replaceAll(/new Blob\(\[\]\), ('[^']+')/g, "await openAsBlob($1), $1");
  return `${imports}${filled}const response = await ${request};\nconsole.log(await response.json());`;
}

function completeJava(code: string): string {
  const inside = code.replaceAll(/^(?=.)/gm, "    ");
  return `import java.io.IOException;
import okhttp3.*;

class Main {
  public static void main(String[] args) throws IOException {
${inside}
  }
}`;
}

/** The generator writes a part of a function, shows the answer's headers alone, and gives up after 10 seconds. */
function completeObjectiveC(code: string): string {
  const [head = "", ...rest] = code.split("\n\n");
  const inside = rest
    .join("\n\n")
    .replace("timeoutInterval:10.0", "timeoutInterval:600.0")
    .replace("NSHTTPURLResponse *httpResponse = (NSHTTPURLResponse *) response;\n    ", "")
    .replace(
      'NSLog(@"%@", httpResponse);',
      'NSLog(@"%@", [[NSString alloc] initWithData:data encoding:NSUTF8StringEncoding]);',
    )
    .replace(
      "\n}];\n[dataTask resume];",
      `
  dispatch_semaphore_signal(done);
}];
[dataTask resume];
dispatch_semaphore_wait(done, DISPATCH_TIME_FOREVER);`,
    );
  return `${head}

int main(void) {
  @autoreleasepool {
    dispatch_semaphore_t done = dispatch_semaphore_create(0);
${inside.replaceAll(/^(?=.)/gm, "    ")}
  }
  return 0;
}`;
}

/** The generator asks for TLS at every host, and for an answer within a minute. */
function completeRuby(code: string): string {
  const patient = code.replace("http.use_ssl = true", "http.use_ssl = url.scheme == 'https'\nhttp.read_timeout = 600");
  return patient.replace("<<~JSON", "<<~'JSON'");
}
