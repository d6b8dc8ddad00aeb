import { copyFileSync } from 'node:fs';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { Model, Predictor } from '../../lib';
import type { Measurements } from '../../lib/model/measurements';
import { newStack } from '../lib/stack';
import { demoModel, fixture, Project } from './init-project';

const UNMEASURED = Match.stringLikeRegexp('has not been measured.*cdk-ml-serving measure');

describe('a model is measured where it lies', () => {
  test('measurements.json says on what, how fast, and how many rows are worth stacking; the constructs read it', async () => {
    const project = new Project();
    await project.init(demoModel('iris'));
    const unmeasured = await project.run('validate');
    expect([unmeasured.exitCode, unmeasured.stderr]).toEqual([
      0,
      expect.stringMatching(/^Warning: iris 1\.0\.0 has not been measured.* models\/iris$/m),
    ]);
    const { exitCode, stdout, stderr } = await project.run('measure', 'iris');
    expect(exitCode, stderr).toBe(0);
    const found: Measurements = JSON.parse(project.read('models/iris/measurements.json'));
    expect(found.model).toMatchObject({ name: 'iris', version: '1.0.0', bytes: expect.any(Number) });
    expect(found.measuredOn).toMatchObject({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      cpu: expect.stringMatching(/./),
      vcpus: 1,
      onnxRuntime: expect.stringMatching(/^1\./),
      node: process.versions.node,
    });
    expect(found.batches.map(({ rows }) => rows)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    for (const { perRowMs, runs } of found.batches) {
      expect(runs).toBeGreaterThanOrEqual(15);
      expect(perRowMs.p50).toBeGreaterThan(0);
      expect(perRowMs.p95).toBeGreaterThanOrEqual(perRowMs.p50);
      expect(perRowMs.p99).toBeGreaterThanOrEqual(perRowMs.p95);
    }
    // A run of so small a model is nearly all overhead, which rows of one run share.
    expect(found.bestBatch).toBeGreaterThan(1);
    expect(found.stackingGain).toBeGreaterThan(1.3);
    expect(found.sessionCreateMs).toBeGreaterThan(0);
    expect(found.peakMemoryBytes).toBeGreaterThan(20e6);
    expect(stdout).toContain(`Best batch: ${found.bestBatch} rows`);
    expect(Model.fromAsset(project.path('models/iris'))._measurements).toEqual(found);
    expect((await project.run('validate')).stderr).not.toContain('Warning');
  });

  test('rows that change one another, and models without a batch, are not stacked', async () => {
    const project = new Project();
    await project.init(fixture('scalar'));
    await project.init(fixture('fixed-batch'));
    for (const name of ['scalar', 'fixed-batch']) {
      expect((await project.run('measure', `models/${name}`)).exitCode).toBe(0);
      const found: Measurements = JSON.parse(project.read('models', name, 'measurements.json'));
      expect(found).toMatchObject({ bestBatch: 1, stackingGain: 1 });
      expect(found.notes[0]).toMatch(name === 'scalar' ? 'must not be stacked' : 'one row a run');
    }
  });

  test.each([
    ['nowhere', 2, 'neither a folder with a model.yaml nor a service of'],
    ['models/changed', 1, 'The card declares SHA-256'],
  ])('%s', async (model, code, problem) => {
    const project = new Project();
    await project.init(demoModel('iris'), '--name', 'changed');
    await project.init(demoModel('digits-fast'), '--name', 'other');
    copyFileSync(project.path('models/other/model.onnx'), project.path('models/changed/model.onnx'));
    const { exitCode, stderr } = await project.run('measure', model);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(problem)]);
  });
});

describe('at synth', () => {
  test('a model that nobody measured warns, and says how to; one that was measured does not', () => {
    const stack = newStack();
    new Predictor(stack, 'Measured', { model: Model.fromAsset('models/iris') });
    new Predictor(stack, 'Unmeasured', { model: Model.fromAsset('test/fixtures/models/scalar') });
    const annotations = Annotations.fromStack(stack);
    annotations.hasWarning('/Test/Unmeasured', UNMEASURED);
    annotations.hasNoWarning('/Test/Measured', UNMEASURED);
  });

  test('measurements of another file, or of no kind that is known, do not count', async () => {
    const project = new Project();
    await project.init(demoModel('iris'));
    const { sha256 } = Model.fromAsset(project.path('models/iris')).card;
    const write = (content: unknown) => project.write('models/iris/measurements.json', JSON.stringify(content));
    const read = () => Model.fromAsset(project.path('models/iris'))._measurements;
    write({ schemaVersion: 1, batches: [], model: { sha256: '0'.repeat(64) } });
    expect(read()).toBeUndefined();
    write({ schemaVersion: 1, batches: [], model: { sha256 } });
    expect(read()).toBeDefined();
    write({ schemaVersion: 2 });
    expect(read).toThrow('Measure the model again');
  });

  test('functions do not report their models to the maker of ONNX Runtime', () => {
    const stack = newStack();
    new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName: 'iris' });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SERVING_SERVICE: 'iris', ORT_DISABLE_TELEMETRY: '1' } },
    });
  });
});
