import { expect, test } from 'vitest';
import { duration } from '../../bin/commands/status';
import { Progress } from '../../bin/local/progress';
import { RecordedTerminal } from './terminal';

test('one line per step with its time, and no control characters, when it is not a terminal', async () => {
  const terminal = new RecordedTerminal();
  await new Progress(terminal).step('Deployment', async ({ line, outcome }) => {
    line('iris deployed');
    outcome('Deployment of 1 stack');
  });
  expect(terminal.stderr).toMatch(/^ {4}iris deployed\n {2}✓ Deployment of 1 stack \(\d+\.\d s\)\n$/);
});

test('a long step is announced when it begins', async () => {
  const terminal = new RecordedTerminal();
  await new Progress(terminal).step('Python', async ({ begin }) => begin('installing, about half a minute'));
  expect(terminal.stderr).toMatch(/^ {2}… Python: installing, about half a minute\n {2}✓ Python \(\d/);
});

test('on a terminal the step is shown while it works', async () => {
  const terminal = new RecordedTerminal(80, true);
  await new Progress(terminal).step('Emulator', async () => undefined);
  expect(terminal.stderr).toContain('  … Emulator\r\x1b[K  ✓ Emulator');
});

test('a step that fails is marked and fails', async () => {
  const terminal = new RecordedTerminal();
  const step = new Progress(terminal).step('Emulator', () => Promise.reject(new Error('no')));
  await expect(step).rejects.toThrow('no');
  expect(terminal.stderr).toContain('✗ Emulator');
});

test.each([
  [4_000, '4 s'],
  [61_000, '1 min'],
  [3_600_000 * 26 + 120_000, '1 d 2 h 2 min'],
])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));
