import { expect, test } from 'vitest';
import { formatTable } from '../../bin/local/table';

const columns = [{ title: 'name' }, { title: 'answer', minimum: 6 }, { title: 'time', align: 'right' as const }];

test('columns are as wide as their widest cell', () => {
  expect(
    formatTable(columns, [
      ['iris', 'setosa', '9 ms'],
      ['digits', 'a seven', '120 ms'],
    ]),
  ).toBe(
    [
      'name    answer     time',
      '------  -------  ------',
      'iris    setosa     9 ms',
      'digits  a seven  120 ms',
      '',
    ].join('\n'),
  );
});

test('without a width nothing is cut', () => {
  const long = 'x'.repeat(500);
  expect(formatTable(columns, [['iris', long, '9 ms']])).toContain(long);
});

test('cuttable columns give way to the width', () => {
  const lines = formatTable(columns, [['iris', 'x'.repeat(40), '9 ms']], 24)
    .trimEnd()
    .split('\n');
  expect(lines.every((line) => line.length <= 24)).toBe(true);
  expect(lines[2]).toBe('iris  xxxxxxxxxxx…  9 ms');
});

test('below the minimum each row is a block in which nothing is cut', () => {
  expect(
    formatTable(
      columns,
      [
        ['iris', 'x'.repeat(30), '9 ms'],
        ['digits', 'y', '1 ms'],
      ],
      15,
    ),
  ).toBe(`name    iris\nanswer  ${'x'.repeat(30)}\ntime    9 ms\n\nname    digits\nanswer  y\ntime    1 ms\n`);
});

test('no rows leave the titles', () => {
  expect(formatTable([{ title: 'stack' }], [])).toBe('stack\n-----\n');
});
