/** A request that is refused before its body is read gets its answer, also on a connection that was used before. */
import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";

const MAX_BYTES = 1000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ vars: { MAX_BODY_BYTES: String(MAX_BYTES) } });
});
afterAll(async () => gateway.close());

/** Sends a body over the agent's connection, in pieces as a client on a slow line does. */
async function send(agent: Agent, key: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "content-length": bytes };
    const sent = request(`${gateway.url}/v1/chat/completions`, { method: "POST", agent, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject);
    const piece = Buffer.alloc(64 * 1024, " ");
    let left = bytes;
    const write = () => {
      if (left <= 0) return void sent.end();
      sent.write(piece.subarray(0, Math.min(left, piece.length)));
      left -= piece.length;
      setTimeout(write, 2);
    };
    write();
  });
}

describe.each([
  ["too large", () => gateway.key, 413],
  ["without a valid key", () => drawKey(), 401],
])("a body of 600 kB, %s", (_, key, status) => {
  it("is answered on a connection that was used before, each time", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: number[] = [];
    for (let times = 0; times < 8; times++) statuses.push(await send(agent, key(), 600_000));
    agent.destroy();
    expect(statuses).toEqual(Array.from({ length: 8 }, () => status));
  });
});
