import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assemblyPlan, LEAST_PART, type Source } from '../../../lambdas/batch-assemble/assembly-plan';

const source = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((bytes): Source => Buffer.alloc(bytes, 1)),
  fc.integer({ min: 0, max: 3 * LEAST_PART }).map((bytes): Source => ({ key: 'k', bytes })),
  fc.integer({ min: 0, max: 2000 }).map((bytes): Source => ({ key: 'k', bytes })),
);

test('[4.2] the parts hold each byte once and in order, and all but the last one are as large as S3 wants them', () => {
  fc.assert(
    fc.property(fc.array(source, { maxLength: 40 }), (sources) => {
      const named = sources.map((each, index) => (Buffer.isBuffer(each) ? each : { ...each, key: `${index}` }));
      const parts = assemblyPlan(named);
      const bytesOf = (piece: Buffer | { start: number; end: number }) =>
        Buffer.isBuffer(piece) ? piece.length : piece.end - piece.start;
      const sizes = parts.map(({ sources }) => sources.reduce((sum, piece) => sum + bytesOf(piece), 0));
      for (const size of sizes.slice(0, -1)) expect(size).toBeGreaterThanOrEqual(LEAST_PART);
      for (const { copied, sources } of parts) if (copied) expect(sources).toHaveLength(1);
      const read = parts.flatMap(({ sources }) => sources).filter((piece) => bytesOf(piece) > 0);
      const at = new Map<string, number>();
      const order: (string | Buffer)[] = [];
      for (const piece of read) {
        if (Buffer.isBuffer(piece)) order.push(piece);
        else {
          expect(piece.start).toBe(at.get(piece.key) ?? 0);
          at.set(piece.key, piece.end);
          if (order.at(-1) !== piece.key) order.push(piece.key);
        }
      }
      const full = named.filter((each) => (Buffer.isBuffer(each) ? each.length : each.bytes) > 0);
      expect(order).toEqual(full.map((each) => (Buffer.isBuffer(each) ? each : each.key)));
      for (const each of full) if (!Buffer.isBuffer(each)) expect(at.get(each.key)).toBe(each.bytes);
    }),
  );
});

test('large parts are copied by S3, small ones are gathered', () => {
  const large = { key: 'large', bytes: 2 * LEAST_PART };
  const small = { key: 'small', bytes: 1000 };
  expect(assemblyPlan([large, small, large]).map(({ copied }) => copied)).toEqual([true, false, true]);
});
