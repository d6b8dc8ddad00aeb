import fs from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let writeLine: (line: string) => void;
beforeEach(async () => {
  vi.resetModules();
  ({ writeLine } = await import('../../../lambdas/shared/telemetry/write-line'));
});
afterEach(() => vi.restoreAllMocks());

/** Standard output that takes so many bytes at each call, and then fails. */
function stdoutTaking(counts: number[], code: string) {
  const taken: string[] = [];
  vi.spyOn(fs, 'writeSync').mockImplementation(((file: number, bytes: Uint8Array, offset: number) => {
    expect(file).toBe(1);
    const count = counts.shift();
    if (count === undefined) throw Object.assign(new Error(code), { code });
    taken.push(Buffer.from(bytes.subarray(offset, offset + count)).toString());
    return Math.min(count, bytes.length - offset);
  }) as typeof fs.writeSync);
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: Uint8Array | string) => {
    taken.push(`the stream: ${Buffer.from(text)}`);
    return true;
  }) as typeof process.stdout.write);
  return taken;
}

test('a line is written whole, in as many pieces as standard output takes it', () => {
  const taken = stdoutTaking([3, 100], 'EAGAIN');
  writeLine('{"a":1}\n');
  expect(taken).toEqual(['{"a', '":1}\n']);
});

test('what a full pipe does not take the stream gets, and from then on all: no line comes between', () => {
  const taken = stdoutTaking([3], 'EAGAIN');
  writeLine('{"a":1}\n');
  writeLine('{"b":2}\n');
  expect(taken).toEqual(['{"a', 'the stream: ":1}\n', 'the stream: {"b":2}\n']);
});

test('nobody reads any more: no request fails', () => {
  const taken = stdoutTaking([], 'EPIPE');
  writeLine('{"a":1}\n');
  expect(taken).toEqual([]);
});
