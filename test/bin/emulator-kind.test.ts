import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { EMBEDDED, emulatorContext, identifyEmulator } from '../../bin/local/emulator-kind';
import { targetAt } from '../../bin/local/target';
import { EMULATOR_CONTEXT } from '../../lib';

const close: (() => void)[] = [];
afterEach(() => {
  for (const each of close.splice(0)) each();
});

/** A server that answers at these paths, and elsewhere 404. */
async function serverWith(answers: Record<string, object>) {
  const listener: RequestListener = ({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? { message: 'not found' }));
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  close.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return targetAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test.each([
  ['Debian GNU/Linux 12 (bookworm),6.1.0,x86_64', 'linux-x64'],
  ['Debian GNU/Linux 12 (bookworm),6.10.14-linuxkit,aarch64', 'linux-arm64'],
])('LocalStack on %s: functions have no layers and run on %s', async (system, platform) => {
  const target = await serverWith({ '/_localstack/info': { version: '4.14.0', system }, '/_localstack/health': {} });
  const emulator = await identifyEmulator(target);
  expect(emulator).toEqual({ kind: 'localstack', platform, hasLayers: false, updatesStacks: false, inlineBytes: 2048 });
  expect(emulatorContext(emulator)).toMatchObject({
    [EMULATOR_CONTEXT.platform]: platform,
    [EMULATOR_CONTEXT.layersInCode]: true,
    [EMULATOR_CONTEXT.inlineBytes]: 2048,
  });
});

test('MiniStack answers to the health checks of LocalStack too', async () => {
  const target = await serverWith({ '/_ministack/health': {}, '/_localstack/health': {} });
  expect(await identifyEmulator(target)).toBe(EMBEDDED);
  expect(emulatorContext(EMBEDDED)).toMatchObject({ [EMULATOR_CONTEXT.layersInCode]: false });
});

test('anything else is taken to run functions on this machine', async () => {
  expect(await identifyEmulator(await serverWith({}))).toEqual({ ...EMBEDDED, kind: 'unknown' });
});
