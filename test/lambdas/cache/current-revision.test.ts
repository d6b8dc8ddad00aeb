import { Readable } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { pointerRevision } from '../../../lambdas/shared/cache/current-revision';
import type { ReadObject } from '../../../lambdas/shared/session/s3';

const pointer = (digit: string) =>
  JSON.stringify({ key: `${digit}.onnx`, sha256: digit.repeat(64), version: `${digit}.0.0` });

afterEach(() => {
  vi.useRealTimers();
});

it('[8.5] which model a pointer names is known for as long as an entry is remembered, and no longer', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
  let text = pointer('a');
  const asked: (string | undefined)[] = [];
  const read: ReadObject = async ({ ifNoneMatch }) => {
    asked.push(ifNoneMatch);
    if (text === '') throw new Error('no bucket');
    return ifNoneMatch === text ? undefined : { body: Readable.from([Buffer.from(text)]), totalBytes: 0, etag: text };
  };
  const current = pointerRevision({ bucket: 'b', key: 'iris/current.json' }, { revision: 'r' }, 10_000, read);
  expect(await current()).toBe(`r-${'a'.repeat(12)}`);
  text = pointer('b');
  pass(9999);
  expect(await current()).toBe(`r-${'a'.repeat(12)}`);
  expect(asked).toHaveLength(1);
  pass(10_000);
  expect(await current()).toBe(`r-${'b'.repeat(12)}`);
  // One that is still the same is not read again.
  pass(10_000);
  expect(await current()).toBe(`r-${'b'.repeat(12)}`);
  expect(asked).toEqual([undefined, pointer('a'), pointer('b')]);
  // Nobody knows then whose answers are right.
  text = '';
  pass(10_000);
  await expect(current()).rejects.toThrow('no bucket');
});
