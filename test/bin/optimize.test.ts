import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { heavyModel } from '../../bench/large-model';
import { optimize } from '../../bin/commands/optimize';
import { toolkitAt } from '../../bin/local/workspace';
import { checkArtefact } from '../../bin/onnx/optimize-model';
import { readFolder } from '../../bin/onnx/read-folder';
import type { Golden } from '../../lambdas/shared/contract';
import { ownCpu } from '../../lambdas/shared/session/cpu';
import { readArtefacts } from '../../lib/model/artefacts';
import { demoModel, fixture, Project, ROOT } from './init-project';
import { RecordedTerminal } from './terminal';

const CPU = ownCpu() ?? '';
const isFunctionsPlatform = `${process.platform}-${process.arch}` === 'linux-x64';
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

describe.runIf(isFunctionsPlatform)('a model is optimised for the CPU of this machine', () => {
  test('the artefact, what it is of, and what it gains', async () => {
    const project = new Project();
    const model = project.write('heavy.onnx', heavyModel());
    await project.init(model);
    const before = project.files();
    const scratch = mkdtempSync(path.join(os.tmpdir(), 'scratch-'));
    vi.stubEnv('TMPDIR', scratch);
    const { exitCode, stdout, stderr } = await project.run('optimize', 'heavy', '--force');
    vi.unstubAllEnvs();
    expect(exitCode, stderr).toBe(0);
    const folder = project.path('models/heavy');
    const written = [`${CPU}.json`, `${CPU}.onnx`].map((name) => path.join('models/heavy/optimized', name));
    expect(project.files()).toEqual([...before, 'models/heavy/optimized', ...written].sort());
    const artefact = readFileSync(path.join(folder, 'optimized', `${CPU}.onnx`));
    expect(artefact.includes('com.microsoft.nchwc')).toBe(true);
    expect(JSON.parse(project.read('models/heavy/optimized', `${CPU}.json`))).toEqual({
      schemaVersion: 1,
      note: expect.any(String),
      cpu: CPU,
      onnxRuntime: expect.stringMatching(/^1\.\d+\.\d+$/),
      modelSha256: sha256(readFileSync(model)),
      sha256: sha256(artefact),
    });
    expect(stdout).toMatch(/session ms +2 golden cases ms +first answer ms +together\n/);
    expect(stdout).toMatch(
      new RegExp(`portable, as it ships +[\\d.]+ +- .*\\noptimised for ${CPU} +[\\d.]+ +[\\d.]+ `),
    );
    expect(stdout).toContain(`Written to models/heavy/optimized/${CPU}.onnx`);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('what it writes ships as it is; made anew, it is of the new model', async () => {
    const project = new Project();
    await project.init(demoModel('digits'), '--name', 'digits');
    const optimized = async () => {
      expect((await project.run('optimize', 'models/digits', '--force')).exitCode).toBe(0);
      const { onnxRuntime } = JSON.parse(project.read('models/digits/optimized', `${CPU}.json`));
      const modelSha256 = sha256(readFileSync(project.path('models/digits/model.onnx')));
      return readArtefacts(project.path('models/digits'), modelSha256, onnxRuntime);
    };
    const file = project.path('models/digits/optimized', `${CPU}.onnx`);
    expect(await optimized()).toEqual({ valid: [{ cpu: CPU, file }], leftOut: [] });
    const first = readFileSync(file);
    await project.init(demoModel('digits-fast'), '--name', 'digits', '--force', '--version', '2.0.0');
    expect(await optimized()).toEqual({ valid: [{ cpu: CPU, file }], leftOut: [] });
    expect(readFileSync(file).equals(first)).toBe(false);
  });

  test('nothing is written where a cold start gains nothing, because its golden cases take longer', async () => {
    const project = new Project();
    await project.init(demoModel('digits'), '--name', 'digits');
    const file = project.path('models/digits/golden.json');
    const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...golden, cases: Array.from({ length: 200 }, () => golden.cases[0]) }));
    const { exitCode, stdout, stderr } = await project.run('optimize', 'digits');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/gains nothing.*Nothing is written[\s\S]*--force/)]);
    expect(stdout).toContain('200 golden cases ms');
    expect(readdirSync(project.path('models/digits'))).not.toContain('optimized');
  });

  test.each<[string, (golden: string) => void, RegExp]>([
    ['there is nothing to check it with', (golden) => rmSync(golden), /There is no .*golden\.json/],
    ['the portable model answers otherwise', () => {}, /not what its folder says: golden case "one row"/],
  ])('nothing is written where %s', async (_, meddle, problem) => {
    const project = new Project();
    const folder = project.path('models/wrong');
    cpSync(path.dirname(fixture('wrong-golden')), folder, { recursive: true });
    meddle(path.join(folder, 'golden.json'));
    const { exitCode, stderr } = await project.run('optimize', 'models/wrong');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(problem)]);
    expect(readdirSync(folder)).not.toContain('optimized');
  });
});

test('what is not the same model any more is refused', async () => {
  const { card, golden } = await readFolder(path.dirname(demoModel('digits')));
  expect(await checkArtefact(demoModel('digits'), { ...card, golden })).toBe(golden.cases.length);
  // Of the same signature.
  await expect(checkArtefact(demoModel('digits-fast'), { ...card, golden })).rejects.toMatchObject({
    message: expect.stringMatching(/is not the same model any more: golden case ".+"/),
    wayOut: expect.stringContaining('Nothing is written.'),
  });
});

test('another platform is refused, with the way out', async () => {
  const context = { toolkit: toolkitAt(ROOT), cwd: ROOT, env: {}, terminal: new RecordedTerminal() };
  const refused = optimize({ ...context, signal: new AbortController().signal }, 'models/iris', {}, 'darwin-arm64');
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining('this is darwin-arm64'),
    hint: expect.stringMatching(/Run it on Linux on an x86_64 CPU.*arm64, the default, need none.*0004-weights-apart/),
  });
});
