import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { pointerRevision } from '../../../lambdas/shared/cache/current-revision';
import type { ReadObject } from '../../../lambdas/shared/session/s3';

const pointer = (digit: string) =>
  JSON.stringify({ key: `${digit}.onnx`, sha256: digit.repeat(64), version: `${digit}.0.0` });

it('[8.5] which model a pointer names is known for as long as an entry is remembered, and no longer', async () => {
  let text = pointer('a');
  const asked: (string | undefined)[] = [];
  const read: ReadObject = async ({ ifNoneMatch }) => {
    asked.push(ifNoneMatch);
    if (text === '') throw new Error('no bucket');
    return ifNoneMatch === text ? undefined : { body: Readable.from([Buffer.from(text)]), totalBytes: 0, etag: text };
  };
  const current = pointerRevision({ bucket: 'b', key: 'iris/current.json' }, { revision: 'r' }, 50, read);
  expect(await current()).toBe(`r-${'a'.repeat(12)}`);
  text = pointer('b');
  expect(await current()).toBe(`r-${'a'.repeat(12)}`);
  expect(asked).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await current()).toBe(`r-${'b'.repeat(12)}`);
  // One that is still the same is not read again.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(await current()).toBe(`r-${'b'.repeat(12)}`);
  expect(asked).toEqual([undefined, pointer('a'), pointer('b')]);
  // Nobody knows then whose answers are right.
  text = '';
  await new Promise((resolve) => setTimeout(resolve, 60));
  await expect(current()).rejects.toThrow('no bucket');
});
