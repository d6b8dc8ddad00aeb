import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isPortFree, listeningInodes, nextFreePort, portHolder, portTaken } from '../../bin/local/port';

let server: Server | undefined;
afterEach(() => server?.close());

async function listen(): Promise<number> {
  server = createServer();
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

test('a port that somebody listens on is not free, and the holder is found', async () => {
  const port = await listen();
  expect(await isPortFree(port)).toBe(false);
  const holder = await portHolder(port);
  // Where neither /proc nor lsof exists nobody can be named.
  expect(holder === undefined || holder.pid === process.pid).toBe(true);
  const free = await nextFreePort(port);
  expect(free).toBeGreaterThan(port);
});

test('listening sockets of /proc/net/tcp, by port and state', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:11D6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:11D6 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
`;
  expect(listeningInodes(table, 4566)).toEqual(['4711']);
  expect(listeningInodes(table, 22)).toEqual(['4713']);
  expect(listeningInodes('', 22)).toEqual([]);
});

describe('the message', () => {
  test('names the holder and the way out', () => {
    const error = portTaken(4566, 4567, { pid: 12, command: 'localstack start' });
    expect(error.message).toBe('Port 4566 is taken by process 12 (localstack start).');
    expect(error.hint).toBe(
      'Use another port: --port 4567\nIf it is an emulator you want to use: --endpoint http://localhost:4566',
    );
  });

  test('says what it can when the holder is another user', () => {
    expect(portTaken(4566, undefined).message).toBe('Port 4566 is taken.');
  });

  test('shortens long commands', () => {
    expect(portTaken(1, 2, { pid: 1, command: 'x'.repeat(300) }).message.length).toBeLessThan(140);
  });
});
