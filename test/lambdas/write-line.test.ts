import fs from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { writeLine } from '../../lambdas/shared/telemetry/write-line';

afterEach(() => vi.restoreAllMocks());

/** Standard output that takes so many bytes at each call, and then is full. */
function stdoutTaking(...counts: number[]) {
  const taken: string[] = [];
  vi.spyOn(fs, 'writeSync').mockImplementation(((file: number, bytes: Uint8Array, offset: number) => {
    expect(file).toBe(1);
    const count = counts.shift();
    if (count === undefined) throw Object.assign(new Error('full'), { code: 'EAGAIN' });
    taken.push(Buffer.from(bytes.subarray(offset, offset + count)).toString());
    return Math.min(count, bytes.length - offset);
  }) as typeof fs.writeSync);
  vi.spyOn(process.stdout, 'write').mockImplementation(((bytes: Uint8Array) => {
    taken.push(`the stream: ${Buffer.from(bytes)}`);
    return true;
  }) as typeof process.stdout.write);
  return taken;
}

test('a line is written whole, in as many pieces as standard output takes it', () => {
  const taken = stdoutTaking(3, 100);
  writeLine('{"a":1}\n');
  expect(taken).toEqual(['{"a', '":1}\n']);
});

test('what a full pipe does not take the stream gets, and nothing twice', () => {
  const taken = stdoutTaking(3);
  writeLine('{"a":1}\n');
  expect(taken).toEqual(['{"a', 'the stream: ":1}\n']);
});
