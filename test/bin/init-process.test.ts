import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { toolkitAt } from '../../bin/local/workspace';
import { runTask } from '../../bin/onnx/run-task';
import { fixture, Project, ROOT } from './init-project';

describe('a model that does not come to an end, takes all memory, or crashes', () => {
  const task = { kind: 'record', model: fixture('slow'), inputs: [] } as const;
  const options = { toolkit: toolkitAt(ROOT), cwd: ROOT, env: process.env };
  const requests = JSON.stringify({
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] },
      { name: 'iterations', datatype: 'INT64', shape: [1], data: ['1000000000000'] },
    ],
  });

  test('is stopped at the time limit', async () => {
    const run = runTask({ ...task, requests }, { ...options, limitMs: 1500 });
    await expect(run).rejects.toThrow('The model did not come to an end within 1.5 s.');
  });

  test('is stopped at the memory limit', async () => {
    const run = runTask({ ...task, requests }, { ...options, limitBytes: 1024 * 1024 });
    await expect(run).rejects.toThrow('The model takes more than 1 MiB of memory.');
  });

  test('is stopped when the command is', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 500);
    await expect(runTask({ ...task, requests }, { ...options, signal: interrupt.signal })).rejects.toThrow(/abort/i);
  });

  test('takes only its own process with it', async () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'toolkit-'));
    mkdirSync(path.join(root, 'build/bin/onnx'), { recursive: true });
    symlinkSync(path.join(ROOT, 'build/layers'), path.join(root, 'build/layers'));
    const project = new Project();
    const file = project.write('crash.js', 'process.on("message", () => process.kill(process.pid, "SIGSEGV"));');
    symlinkSync(file, path.join(root, 'build/bin/onnx/model-process.js'));
    const run = runTask(task, { ...options, toolkit: toolkitAt(root) });
    await expect(run).rejects.toThrow('The model ended the process of ONNX Runtime (SIGSEGV).');
  });
});
