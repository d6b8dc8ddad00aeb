import { expect, test } from 'vitest';
import { choosePython } from '../../bin/local/python';

test('the first that is new enough and can make virtual environments', () => {
  const probes = [
    { command: 'python3.13' },
    { command: 'python3.12', answer: '3.12 False\n' },
    { command: 'python3', answer: '3.9 True\n' },
    { command: 'python', answer: '3.10 True\n' },
  ];
  expect(choosePython(probes)).toBe('python');
});

test('too old: says what was found and how to go on', () => {
  const choose = () => choosePython([{ command: 'python3', answer: '3.9 True' }, { command: 'python' }]);
  expect(choose).toThrow('needs Python 3.10 or newer with venv. Found: python3 (3.9).');
  expect(hintOf(choose)).toContain('--endpoint URL');
});

test('none at all', () => {
  expect(() => choosePython([{ command: 'python3' }])).toThrow('Found: none.');
});

test('new enough but without venv: names the package to install', () => {
  const choose = () => choosePython([{ command: 'python3', answer: '3.11 False' }]);
  expect(choose).toThrow('python3 (3.11, without venv)');
  expect(hintOf(choose)).toContain('apt install python3.11-venv');
});

function hintOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { hint?: string }).hint;
  }
  return undefined;
}
