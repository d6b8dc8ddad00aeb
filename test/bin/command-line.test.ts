import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../bin/commands/command-line';
import { toolkitAt } from '../../bin/local/workspace';
import { RecordedTerminal } from './terminal';

let cwd: string;
let terminal: RecordedTerminal;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'command-'));
  terminal = new RecordedTerminal();
});

const ROOT = join(import.meta.dirname, '..', '..');

function run(...args: string[]): Promise<number> {
  return runFrom(ROOT, ...args);
}

function runFrom(root: string, ...args: string[]): Promise<number> {
  const { signal } = new AbortController();
  return main(args, { toolkit: toolkitAt(root), cwd, env: {}, terminal, signal });
}

describe('wrong arguments end with 2 and say what is wrong', () => {
  test.each([
    [['frob'], "unknown command 'frob'"],
    [['up', '--prot', '1'], "unknown option '--prot'"],
    [['up', '--port', '70000'], 'A port is a number from 1 to 65535.'],
    [['up', '--endpoint', 'localhost:4566'], 'An endpoint is a URL such as http://localhost:4566.'],
    [['up', '--endpoint', 'http://localhost:1', '--port', '4570'], 'cannot be used with option'],
    [['demo', '--config', 'nope.yaml'], 'There is no configuration file'],
  ])('%j', async (args, message) => {
    expect(await run(...args)).toBe(2);
    expect(terminal.stderr).toContain(message);
  });
});

test('no configuration in sight: says so, with the way out', async () => {
  // Unless a folder above the temporary one has one.
  expect(await run('status')).toBe(2);
  expect(terminal.stderr).toMatch(/There is no serving\.yaml in .*\n\nName it: --config FILE/);
});

test('the demo before anything is deployed', async () => {
  await writeFile(join(cwd, 'serving.yaml'), '');
  expect(await run('demo')).toBe(1);
  expect(terminal.stderr).toContain('Deploy first: npx cdk-ml-serving up');
});

test('the demo while the emulator is stopped', async () => {
  await writeFile(join(cwd, 'serving.yaml'), '');
  await mkdir(join(cwd, '.local'));
  const endpoints = { endpointUrl: 'http://127.0.0.1:9', region: 'us-east-1', services: { iris: {} } };
  await writeFile(join(cwd, '.local', 'endpoints.json'), JSON.stringify(endpoints));
  expect(await run('demo')).toBe(1);
  expect(terminal.stderr).toBe('\nThe emulator is not running. Start it with: npx cdk-ml-serving up\n');
  expect(terminal.stdout).toBe('');
});

test('status and down when nothing runs', async () => {
  await writeFile(join(cwd, 'serving.yaml'), '');
  expect(await run('status')).toBe(1);
  expect(terminal.stdout).toContain('not running');
  expect(await run('down')).toBe(0);
  expect(terminal.stderr).toContain('No emulator was running');
});

test('an endpoint where nothing answers is named, whether from the option or the environment', async () => {
  await writeFile(join(cwd, 'serving.yaml'), '');
  expect(await run('up', '--endpoint', 'http://127.0.0.1:9')).toBe(1);
  expect(terminal.stderr).toContain('Nothing answers at http://127.0.0.1:9');
});

test('without a CDK command line nothing is installed or started', async () => {
  await writeFile(join(cwd, 'serving.yaml'), '');
  expect(await runFrom('/nowhere', 'up')).toBe(1);
  expect(terminal.stderr).toContain('npm install --save-dev aws-cdk@2.1148.1');
  expect(await readdir(cwd)).toEqual(['serving.yaml']);
});

test('help names the commands and the exit codes, and is no error', async () => {
  expect(await run('--help')).toBe(0);
  expect(terminal.stdout).toMatch(/start .*up .*demo .*status .*down .*validate .*Exit codes/s);
});
