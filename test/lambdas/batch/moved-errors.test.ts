import { expect, test } from 'vitest';
import { movedErrors } from '../../../lambdas/batch-assemble/moved-errors';
import { errorLine } from '../../../lambdas/batch-worker/error-line';
import { BadRow } from '../../../lambdas/shared/batch/source-rows';
import { ServingError } from '../../../lambdas/shared/errors';

test('[4.3] errors of a mini-job that nobody has counted up to get their place in the file, and keep their ids', () => {
  const key = 'days/"1","row":7,"line":7\\.jsonl';
  const lineOf = (row: number, id: unknown) => {
    const error = new ServingError('INVALID_VALUE', '"row":1,"line":1', { field: 'x' });
    return errorLine(new BadRow({ row, line: row + 1 }, error, id), { format: 'jsonl', key, run: 'r' });
  };
  const moved = movedErrors(lineOf(1, '12345678901234567890') + lineOf(2, '"b"') + lineOf(3, undefined), {
    row: 100,
    line: 200,
  });
  expect(moved).toContain('"id":12345678901234567890,');
  expect(moved.endsWith('\n')).toBe(true);
  const lines = moved.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { file: key, row: 101, line: 202 },
    { file: key, row: 102, line: 203, id: 'b', reason: '"row":1,"line":1' },
    { file: key, row: 103, line: 204 },
  ]);
});
