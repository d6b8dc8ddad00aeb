import path from 'node:path';
import { expect, test } from 'vitest';
import { behaviours, recordOf } from '../../scripts/emulators.mjs';

const report = (...tests: [string[], string, string][]) => ({
  startTime: Date.UTC(2026, 10, 22),
  testResults: [
    {
      name: path.resolve('test/e2e/slow.e2e.test.ts'),
      assertionResults: tests.map(([ancestorTitles, title, status]) => ({ ancestorTitles, title, status })),
    },
  ],
});

const embedded = recordOf(
  report(
    [['[2.2] slow'], 'delayed', 'passed'],
    [['[2.2] slow'], '[X.4] past the deadline', 'passed'],
    [[], 'no behaviour', 'passed'],
  ),
);
const localstack = recordOf(
  report(
    [['[2.2] slow'], 'delayed', 'passed'],
    [['[2.2] slow'], '[X.4] past the deadline (not on localstack: it waits)', 'skipped'],
  ),
);

test('a record has the numbered behaviours by file, and why one was skipped', () => {
  expect(localstack).toEqual({
    'test/e2e/slow.e2e.test.ts': {
      date: '2026-11-22',
      tests: { '[2.2] slow > delayed': true, '[2.2] slow > [X.4] past the deadline': 'it waits' },
    },
  });
  expect(JSON.stringify(embedded)).not.toContain('no behaviour');
});

test('a run that failed, or skipped without a reason, is no record', () => {
  expect(() => recordOf(report([[], '[1.1] golden', 'failed']))).toThrow('failed: [1.1] golden');
  expect(() => recordOf(report([[], '[1.1] golden', 'skipped']))).toThrow('skipped: [1.1] golden');
});

test('files that ran later are as new as the oldest', () => {
  const later = { 'test/e2e/other.e2e.test.ts': { date: '2026-11-28', tests: { '[1.1] golden': true } } };
  const { rows, titles } = behaviours({ embedded: { ...later, ...embedded } });
  expect(titles).toContain('Embedded emulator, 2026-11-22');
  expect(rows).toContainEqual(['[1.1]', 'golden', 'shown (1)', 'not run', 'not run']);
});

test('the table says what each shows, the rules of every service first', () => {
  expect(behaviours({ embedded, localstack })).toEqual({
    titles: ['', 'What the tests show', 'Embedded emulator, 2026-11-22', 'LocalStack, 2026-11-22', 'AWS'],
    rows: [
      ['[X.4]', 'past the deadline', 'shown (1)', 'not shown: it waits', 'not run'],
      ['[2.2]', 'slow', 'shown (2)', 'shown in part (1 of 2): it waits', 'not run'],
    ],
  });
});
