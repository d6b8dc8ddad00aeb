import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Golden } from '../../lambdas/shared/contract';
import { Model } from '../../lib';
import { loadServingFile } from '../../lib/template';
import { ELEMENT, identity, input, int, node, onnx, output, part, tensorType, text, weights } from './init-onnx';
import { demoModel, fixture, Project } from './init-project';

let project: Project;
beforeEach(() => {
  project = new Project();
});
const golden = (name: string): Golden & { note: string } => JSON.parse(project.read('models', name, 'golden.json'));

describe('[12.6] an ONNX file becomes a service by one command', () => {
  test('folder, card, golden cases, runbook and serving.yaml, which the constructs accept', async () => {
    const { exitCode, stdout, stderr } = await project.init(demoModel('iris'));
    expect(exitCode, stderr).toBe(0);
    expect(project.files()).toEqual([
      'models',
      'models/iris',
      'models/iris/RUNBOOK.md',
      'models/iris/golden.json',
      'models/iris/model.onnx',
      'models/iris/model.yaml',
      'serving.yaml',
    ]);
    const { card } = Model.fromAsset(project.path('models/iris'));
    expect(card).toMatchObject({ modelName: 'iris', modelVersion: '1.0.0', owner: 'team@example.org' });
    expect(card.inputs).toMatchObject([{ name: 'features', datatype: 'FP32', shape: [-1, 4] }]);
    expect(card.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['label', 'INT64', [-1]],
      ['probabilities', 'FP32', [-1, 3]],
    ]);
    const { template } = loadServingFile(project.path('serving.yaml'));
    expect(template.services).toEqual({ iris: { pattern: 'web-single', model: 'models/iris' } });
    expect(parse(project.read('models/iris/model.yaml')).lineage).toMatchObject({ producer: 'skl2onnx 1.20.0' });
    expect(stdout).toContain('features FP32 [-1, 4]');
  });

  test('the golden cases are said to be what the model does, not what is right', async () => {
    const { stdout } = await project.init(demoModel('iris'));
    expect(golden('iris').note).toContain('not what is right');
    expect(golden('iris').cases.map(({ name }) => name)).toEqual(['made-up input', '3 made-up rows']);
    expect(stdout).toContain('The golden cases say what the model does, not what is right.');
    expect(stdout).toContain('--force --input rows.json');
  });

  test('the same file gives the same cases, wherever it is added', async () => {
    await project.init(demoModel('iris'));
    const first = project.read('models/iris/golden.json');
    project = new Project();
    await project.init(demoModel('iris'));
    expect(project.read('models/iris/golden.json')).toBe(first);
  });

  test('another name, version, pattern, folder and configuration', async () => {
    const options = [
      '--name',
      'flowers',
      '--version',
      '2',
      '--pattern',
      'synchronous',
      '--out',
      'm/f',
      '--config',
      'c/s.yaml',
    ];
    expect((await project.init(demoModel('iris'), ...options)).exitCode).toBe(0);
    expect(loadServingFile(project.path('c/s.yaml')).template.services).toEqual({
      flowers: { pattern: 'synchronous', model: '../m/f' },
    });
    expect(Model.fromAsset(project.path('m/f')).card).toMatchObject({ modelName: 'flowers', modelVersion: '2' });
  });

  test('a model that is too large to ship with a function is loaded from S3', async () => {
    await project.init(demoModel('iris'), '--bucket', 'models', '--key', 'iris/model.onnx');
    expect(loadServingFile(project.path('serving.yaml')).template.services.iris).toEqual({
      pattern: 'web-single',
      model: { card: 'models/iris', bucket: 'models', key: 'iris/model.onnx' },
    });
    expect((await project.init(demoModel('iris'), '--name', 'b', '--bucket', 'models')).exitCode).toBe(2);
  });
});

describe('what the file says of itself', () => {
  test('descriptions and metadata are in the card; names of any kind are quoted', async () => {
    const odd = 'in: "put" #1\n{}';
    const graph = [
      node('Identity', [odd], ['- yes']),
      part(11, text(1, odd), part(2, tensorType(ELEMENT.FLOAT, ['n: 1', 2])), text(3, 'What\ncomes in')),
      output('- yes', tensorType(ELEMENT.FLOAT, ['n: 1', 2])),
    ];
    const more = [text(6, 'Says # what\n it: does'), int(5, 7), part(14, text(1, 'author: x'), text(2, 'a\nb'))];
    const file = project.write('null.onnx', onnx(graph, { more }));
    const { exitCode, stdout, stderr } = await project.init(file);
    expect(exitCode, stderr).toBe(0);
    const { card } = Model.fromAsset(project.path('models/null'));
    expect(card).toMatchObject({ modelName: 'null', modelVersion: '7', description: 'Says # what it: does' });
    expect(card.inputs).toMatchObject([{ name: odd, description: 'What comes in' }]);
    expect(parse(project.read('models/null/model.yaml')).lineage.metadata).toEqual({ 'author: x': 'a b' });
    expect(stdout).toContain(JSON.stringify(odd));
  });

  test('an input with an initializer has a default and is none', async () => {
    const type = tensorType(ELEMENT.FLOAT, [2]);
    const graph = [
      node('Add', ['x', 'w'], ['y']),
      weights('w', [1, 2]),
      input('x', type),
      input('w', type),
      output('y', type),
    ];
    const { exitCode } = await project.init(project.write('a.onnx', onnx(graph)));
    expect(exitCode).toBe(0);
    expect(Model.fromAsset(project.path('models/a')).card.inputs.map(({ name }) => name)).toEqual(['x']);
    // A fixed first dimension is no batch.
    expect(golden('a').cases).toHaveLength(1);
  });

  test('outputs without a declared shape have the rank that was seen', async () => {
    const graph = [
      node('NonZero', ['x'], ['found']),
      input('x', tensorType(ELEMENT.FLOAT, ['batch', 2])),
      output('found', tensorType(ELEMENT.INT64)),
    ];
    await project.init(project.write('find.onnx', onnx(graph)));
    expect(Model.fromAsset(project.path('models/find')).card.outputs).toMatchObject([
      { datatype: 'INT64', shape: [2, -1] },
    ]);
  });

  test('a model that takes one row only is served so, and that is said', async () => {
    const graph = [
      node('Reshape', ['x', 'shape'], ['y']),
      part(5, int(1, 2), int(2, ELEMENT.INT64), text(8, 'shape'), (writer) =>
        writer.tag(9, 2).bytes(new Uint8Array(BigInt64Array.from([1n, 2n]).buffer)),
      ),
      input('x', tensorType(ELEMENT.FLOAT, ['batch', 2])),
      output('y', tensorType(ELEMENT.FLOAT, [1, 2])),
    ];
    const { stdout, stderr, exitCode } = await project.init(project.write('one.onnx', onnx(graph)));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('It ran with one row but not with 3');
    expect(Model.fromAsset(project.path('models/one')).card.inputs).toMatchObject([{ shape: [1, 2] }]);
  });
});

describe('names, owners, arguments', () => {
  test.each([
    ['My Model (v2).onnx', 'my-model-v2'],
    ['flowers/model.onnx', 'flowers'],
    ['3d.onnx', 'd'],
  ])('%s is the service %s', async (file, name) => {
    await project.init(project.write(file, identity(ELEMENT.FLOAT)));
    expect(project.files()).toContain(`models/${name}/model.yaml`);
  });

  test.each([
    [['missing.onnx'], 'There is no file'],
    [[fixture('scalar'), '--name', 'No Name'], 'A service cannot be called "No Name"'],
    [[fixture('scalar'), '--pattern', 'batch'], 'Allowed choices are web-single, synchronous'],
    [[fixture('scalar'), '--input', 'missing.json'], 'There is no file'],
  ])('%j ends with 2', async (args, problem) => {
    const [model = '', ...options] = args;
    const { exitCode, stderr } = await project.init(model, ...options);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(project.files()).toEqual([]);
  });

  test('the owner is who works here by git; nobody is not an answer', async () => {
    const { exitCode, stderr } = await project.run('init', fixture('scalar'));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--owner team@example.org')]);
    project.write('.gitconfig', '[user]\n  email = me@example.org\n');
    expect((await project.run('init', fixture('scalar'))).exitCode).toBe(0);
    expect(Model.fromAsset(project.path('models/scalar')).card.owner).toBe('me@example.org');
  });
});
