import { expect, test } from 'vitest';
import { hookExample, isExpected } from '../../bin/local/demo-hook';

test('the example lies beside the module of the hook', async () => {
  expect(await hookExample('examples/hooks/flower.ts')).toMatchObject({ request: { flowers: [{}] } });
  expect(await hookExample('examples/hooks/species.ts')).toBeUndefined();
});

test.each([
  [{ species: 'a', score: 0.9 }, { species: 'a', score: 0.9004 }, true],
  [{ species: 'a', score: 0.9 }, { species: 'a', score: 0.91 }, false],
  [{ species: 'a' }, { species: 'a', score: 1 }, false],
  [{ species: 'a' }, { specie: 'a' }, false],
  [[1, 2], [1], false],
  [[{ a: null }], [{ a: null }], true],
  [{ a: 1 }, null, false],
])('%j against %j: %s', (expected, actual, same) => {
  expect(isExpected(expected, actual)).toBe(same);
});
