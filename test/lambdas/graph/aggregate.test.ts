import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Aggregate, AggregationKind, WireTensor } from '../../../lambdas/shared/contract';
import { aggregate } from '../../../lambdas/shared/graph/aggregate';

/** Models by name: rows of scores, and the class of each row. */
type Answers = Readonly<Record<string, readonly (readonly number[])[] | undefined>>;

const scores = (rows: readonly (readonly number[])[]): WireTensor => ({
  name: 'scores',
  datatype: 'FP64',
  shape: [rows.length, rows[0]?.length ?? 0],
  data: rows.flat(),
});
const largest = (row: readonly number[]) => row.indexOf(Math.max(...row));
const label = (rows: readonly (readonly number[])[]): WireTensor => ({
  name: 'label',
  datatype: 'INT64',
  shape: [rows.length],
  data: rows.map(largest),
});

async function combined(kind: AggregationKind, of: string, answers: Answers, weights: Record<string, number> = {}) {
  const tensor = (name: string) => ({ step: name, tensor: '' });
  const spec: Aggregate = {
    kind,
    of,
    classes: kind === 'mean' || kind === 'weighted' ? 'label' : undefined,
    members: Object.keys(answers).map((name) => ({
      name,
      weight: weights[name] ?? 1,
      tensors: { label: { ...tensor(name), tensor: 'label' }, scores: { ...tensor(name), tensor: 'scores' } },
    })),
  };
  const found = await aggregate(spec, async (source) => {
    if (!('step' in source)) return undefined;
    const rows = answers[source.step];
    return rows && (source.tensor === 'label' ? label(rows) : scores(rows));
  });
  return Object.fromEntries(found.map(({ data = [], name }) => [name, [...data]]));
}

describe('[7.2] answers of several models as one', () => {
  const a = [
    [0.6, 0.4],
    [0.1, 0.9],
  ];
  const b = [
    [0.2, 0.8],
    [0.3, 0.7],
  ];
  const c = [
    [0.3, 0.7],
    [0.4, 0.6],
  ];

  test('mean: the average, and the class that has the largest one', async () => {
    const { label: classes, scores: mean } = await combined('mean', 'scores', { a, b });
    expect(mean).toEqual([0.4, expect.closeTo(0.6), 0.2, 0.8]);
    expect(classes).toEqual([1, 1]);
  });

  test('weighted: by weight', async () => {
    const { label: classes, scores: mean } = await combined('weighted', 'scores', { a, b }, { a: 4 });
    expect(mean?.[0]).toBeCloseTo(0.52);
    expect(mean?.[2]).toBeCloseTo(0.14);
    expect(classes).toEqual([0, 1]);
  });

  test('vote: what most say, how many, and of equals the first', async () => {
    expect(await combined('vote', 'label', { a, b, c })).toEqual({ label: [1, 1], votes: [2, 3] });
    expect(await combined('vote', 'label', { a, b })).toEqual({ label: [0, 1], votes: [1, 2] });
    expect(await combined('vote', 'label', { a, b, c }, { a: 3 })).toEqual({ label: [0, 1], votes: [1, 3] });
  });

  test('max: row by row that of the surest', async () => {
    expect(await combined('max', 'scores', { a, b })).toEqual({
      label: [1, 1],
      scores: [0.2, 0.8, 0.1, 0.9],
      chosen: ['b', 'a'],
    });
  });

  test('select: the first that answered', async () => {
    expect(await combined('select', '', { a: undefined, b, c })).toEqual({
      label: [1, 1],
      scores: b.flat(),
      chosen: ['b', 'b'],
    });
  });

  test('a model that gave nothing takes no part; without any there is no answer', async () => {
    expect((await combined('mean', 'scores', { a, b: undefined })).scores).toEqual(a.flat());
    expect(await combined('mean', 'scores', { a: undefined })).toEqual({});
  });

  test('the average of any answers lies between them, and is the same in any order', async () => {
    const row = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 5 }), async (rows) => {
        const answers = rows.map((each, at) => [`m${at}`, [each]] as const);
        const { scores: mean = [] } = await combined('mean', 'scores', Object.fromEntries(answers));
        const { scores: other = [] } = await combined('mean', 'scores', Object.fromEntries([...answers].reverse()));
        for (const [at, value] of mean.entries()) {
          const column = rows.map((each) => each[at] as number);
          expect(value).toBeGreaterThanOrEqual(Math.min(...column) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...column) + 1e-9);
          expect(value).toBeCloseTo(other[at] as number, 9);
        }
      }),
      { numRuns: 50 },
    );
  });
});
