import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunRows } from '../../../lambdas/shared/batch/run-rows';

/** Tokens of the transactions that a stand-in for DynamoDB was asked for, by table. */
let tokens: [table: string, token: string][] = [];
/** Answers that get lost before one arrives. */
let lost = 0;
let server: Server;
beforeEach(async () => {
  tokens = [];
  lost = 0;
  server = createServer(async (request, response) => {
    const { ClientRequestToken, TransactItems } = JSON.parse(await bodyOf(request));
    tokens.push([TransactItems[0].Update.TableName, ClientRequestToken]);
    if (lost-- > 0) return request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(() => server.close());

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The end of the same mini-job, of a run of the same name. */
function finish(table: string): Promise<boolean> {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const rows = new RunRows(table, { endpoint, region: 'us-east-1', credentials });
  return rows.updateBoth([
    [
      { run: 'nightly', item: 'chunk#000000' },
      { set: { state: 'DONE' }, when: () => '1 = 1' },
    ],
  ]);
}

test('[4.5] runs of the same name in two services count apart: a token of a transaction is one of the whole account', async () => {
  await finish('a');
  await finish('b');
  expect(tokens.map(([table]) => table)).toEqual(['a', 'b']);
  expect(new Set(tokens.map(([, token]) => token)).size).toBe(2);
});

test('[4.5] a change whose answer was lost is sent again as the same one', async () => {
  lost = 1;
  expect(await finish('a')).toBe(true);
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).toEqual(tokens[1]);
  expect(tokens[0]?.[1]).toMatch(/^[\w-]{36}$/);
});
