/** A path of the mock that takes JSON and answers with JSON. Only the gateway asks it, so a body is what the wire writes. */
import { json } from "node:stream/consumers";
import type { Mountable } from "@copilotkit/aimock";

export function mockEndpoint(answer: (body: never) => object): Mountable {
  return {
    async handleRequest(request, response) {
      const body = (await json(request)) as never;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(body)));
      return true;
    },
  };
}
