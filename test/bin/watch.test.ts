import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { targetAt } from '../../bin/local/target';
import { whileListening } from '../../bin/local/watch';

async function listening() {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, target: targetAt(`http://127.0.0.1:${(server.address() as { port: number }).port}`) };
}

const endless = (signal: AbortSignal) => sleep(60_000, 'done', { signal });

test('work goes on while something listens, whatever it says, and its outcome is passed on', async () => {
  const { server, target } = await listening();
  expect(await whileListening(target, undefined, () => sleep(1_800, 'done'))).toBe('done');
  await expect(whileListening(target, undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  server.close();
});

test('when nothing listens any more it is aborted before it ends', async () => {
  const { server, target } = await listening();
  const work = whileListening(target, undefined, endless);
  server.close();
  await expect(work).rejects.toThrow(/aborted/);
});

test('whoever interrupts it aborts it too', async () => {
  const { server, target } = await listening();
  const interrupt = new AbortController();
  const work = whileListening(target, interrupt.signal, endless);
  interrupt.abort();
  await expect(work).rejects.toThrow(/aborted/);
  server.close();
});
