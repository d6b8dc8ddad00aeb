import { expect, test } from 'vitest';
import { ObjectWriter } from '../../../lambdas/shared/batch/object-writer';
import type { Objects } from '../../../lambdas/shared/batch/objects';

const MIB = 1024 * 1024;

/** A bucket that keeps what it is given, as S3 does: a copy. */
function bucket() {
  const parts: Buffer[] = [];
  const puts: Buffer[] = [];
  let completed = false;
  const upload = {
    add: async (content: Uint8Array) => {
      await new Promise((resolve) => setImmediate(resolve));
      parts.push(Buffer.from(content));
    },
    complete: async () => {
      completed = true;
    },
    abort: async () => undefined,
  };
  const objects = {
    put: async (_: string, content: Uint8Array) => puts.push(Buffer.from(content)),
    beginUpload: async () => upload,
  } as unknown as Objects;
  return { objects, parts, puts, isCompleted: () => completed };
}

/** Writes so many pieces, each from the same memory. */
async function written(pieces: number, size: number) {
  const { objects, ...seen } = bucket();
  const writer = new ObjectWriter(objects, 'key');
  const memory = Buffer.alloc(size);
  const expected: Buffer[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    memory.fill(piece % 251);
    expected.push(Buffer.from(memory));
    await writer.write(memory);
  }
  return { ...seen, bytes: await writer.close(), expected: Buffer.concat(expected) };
}

test('[4.6] an object of any size is parts of 8 MiB, whoever writes goes on in the same memory', async () => {
  const { bytes, expected, isCompleted, parts, puts } = await written(300, 100_003);
  expect(bytes).toBe(expected.length);
  expect(Buffer.concat(parts).equals(expected)).toBe(true);
  expect(parts.slice(0, -1).map(({ length }) => length)).toEqual([8 * MIB, 8 * MIB, 8 * MIB]);
  expect([puts.length, isCompleted()]).toEqual([0, true]);
});

test('[4.6] a piece that is larger than a part is several', async () => {
  const { expected, parts } = await written(1, 20 * MIB);
  expect(parts.map(({ length }) => length)).toEqual([8 * MIB, 8 * MIB, 4 * MIB]);
  expect(Buffer.concat(parts).equals(expected)).toBe(true);
});

test('[4.6] what is small is one request, and what is nothing is none', async () => {
  const small = await written(3, 1000);
  expect(small.puts.map((content) => content.equals(small.expected))).toEqual([true]);
  const none = await written(0, 10);
  expect([none.bytes, none.puts.length, none.parts.length]).toEqual([0, 0, 0]);
});
