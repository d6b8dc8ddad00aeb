import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRunning, listProcesses, processesOf } from '../../../bin/local/processes';
import { LocalProject } from './local-project';

const SERVING = `
services:
  iris: { model: models/iris }
  iris-iam: { model: models/iris, auth: iam }
`;

let project: LocalProject;
beforeAll(async () => {
  project = await LocalProject.create(SERVING);
});
afterAll(() => project.run('down', '--delete-data'));

describe('one project from up to down', () => {
  test('up deploys and writes the endpoints', async () => {
    const up = await project.run('up', '--port', String(project.port));
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stdout).toMatch(/^iris {2}http:\S+ {2}\(open: auth none\)\niris-iam {2}http:\S+ {2}\(auth iam\)$/m);
    const { endpointUrl, services } = await project.endpoints();
    expect(endpointUrl).toBe(`http://localhost:${project.port}`);
    expect(Object.keys(services)).toEqual(['iris', 'iris-iam']);
  });

  test('functions run on the Node version they declare', async () => {
    const { body } = await project.call('iris', {});
    expect(body.parameters.node).toMatch(/^v24\./);
  });

  test('demo asks each service, signed where that is needed', async () => {
    const demo = await project.run('demo');
    expect(demo.exitCode, demo.stdout).toBe(0);
    expect(demo.stdout).toMatch(/^iris .*setosa \(0\.977\) .* yes$/m);
    expect(demo.stdout).toMatch(/^iris-iam .*setosa \(0\.977\) .* yes$/m);
  });

  test('status shows emulator, stacks and services', async () => {
    const status = await project.run('status');
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toContain(`process ${await project.emulatorPid()}`);
    expect(status.stdout).toMatch(/^iris-iam +CREATE_COMPLETE$/m);
  });

  test('a second up changes nothing', async () => {
    const pid = await project.emulatorPid();
    const up = await project.run('up');
    expect(up.stderr).toContain('nothing changed in 2 stacks');
    expect(await project.emulatorPid()).toBe(pid);
  });

  test('a service that is changed, added or removed follows', async () => {
    await project.write('services: { iris: { model: models/iris, greeting: hello }, added: { model: models/iris } }');
    const up = await project.run('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain('Removal of stack iris-iam');
    expect(Object.keys((await project.endpoints()).services)).toEqual(['iris', 'added']);
    expect((await project.call('iris', {})).body.parameters.greeting).toBe('hello');
  });

  test('a release that fails its self-test says why, and the old one still answers', async () => {
    await project.write('services: { iris: { model: models/iris, greeting: worse, broken: true } }');
    const up = await project.run('up');
    expect(up.exitCode).toBe(1);
    expect(up.stderr).toMatch(/iris: SelfTest \(Custom::Trigger\) UPDATE_FAILED: .*golden input differs/);
    expect((await project.call('iris', {})).body.parameters.greeting).toBe('hello');
  });

  test('a repaired configuration deploys again', async () => {
    await project.write(SERVING);
    const up = await project.run('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(Object.keys((await project.endpoints()).services)).toEqual(['iris', 'iris-iam']);
  });

  test('a killed emulator is replaced by a fresh one, its orphaned functions are ended', async () => {
    const pid = await project.emulatorPid();
    const lost = project.call('iris', { spinMs: 60_000 }).catch(() => undefined);
    await sleep(500);
    process.kill(pid, 'SIGKILL');
    await lost;
    const orphans = processesOf(project.workspace.functionsDir, await listProcesses(), process.pid);
    expect(orphans.length).toBeGreaterThan(0);

    const up = await project.run('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain('The emulator was killed');
    for (const orphan of orphans) {
      expect(await isRunning(orphan.pid)).toBe(false);
    }
    expect((await project.run('demo')).exitCode).toBe(0);
  });

  test('an emulator that is killed while stacks are deployed: said long before a deployment would give up, and the next up repairs it', async () => {
    await project.write('services: { iris: { model: models/iris, greeting: again } }');
    const up = project.launch(['up']);
    while (!up.terminal.stderr.includes('Deployment of 1 stack: up to a minute')) {
      await sleep(20);
    }
    process.kill(await project.emulatorPid(), 'SIGKILL');
    const killed = Date.now();
    const { exitCode, stderr } = await up.done;
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('The emulator has ended.')]);
    expect(stderr).toContain(project.workspace.emulatorLog);
    expect(Date.now() - killed).toBeLessThan(60_000);
    await project.write(SERVING);
    expect((await project.run('up')).exitCode).toBe(0);
    expect((await project.run('demo')).exitCode).toBe(0);
  });

  test('down saves what was deployed, and start --once finds it again', async () => {
    expect((await project.run('down')).stderr).toContain('Emulator stopped, state saved');
    const again = await project.run('start', '--once');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stderr).toContain('nothing changed in 2 stacks');
    expect(again.stdout).toMatch(/^iris .* yes$/m);
    expect(again.seconds).toBeLessThan(120);
    expect((await project.run('status')).stdout).toContain('not running');
  });

  test('start stays until it is interrupted, and stops what it started', async () => {
    const start = project.launch(['start']);
    while (!start.terminal.stderr.includes('Running until Ctrl-C')) {
      await sleep(100);
    }
    const pid = await project.emulatorPid();
    expect(await isRunning(pid)).toBe(true);
    start.interrupt();
    expect((await start.done).exitCode).toBe(0);
    expect(await isRunning(pid)).toBe(false);
  });

  test('a wrong prediction fails the demo', async () => {
    await project.run('up');
    const golden = join(project.dir, 'models', 'iris', 'golden.json');
    const text = await readFile(golden, 'utf8');
    await writeFile(golden, text.replace('"data": [0]', '"data": [1]'));
    const demo = await project.run('demo');
    await writeFile(golden, text);
    expect(demo.exitCode).toBe(1);
    expect(demo.stdout).toContain('wrong: label[0] is 0 instead of 1');
  });

  test('down --delete-data leaves nothing of it', async () => {
    expect((await project.run('down', '--delete-data')).exitCode).toBe(0);
    expect(existsSync(project.workspace.stateDir)).toBe(false);
    // What it leaves is not for git.
    expect(readFileSync(project.workspace.ignoreFile, 'utf8')).toBe('*\n');
    expect((await project.run('demo')).stderr).toContain('Nothing is deployed yet');
  });
});

test('a taken port is named, with a free one', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  const up = await project.run('up', '--port', String(port));
  server.close();
  expect(up.exitCode).toBe(1);
  expect(up.stderr).toMatch(new RegExp(`Port ${port} is taken.*Use another port: --port \\d+`, 's'));
});
