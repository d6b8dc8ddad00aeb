import { beforeEach, describe, expect, test } from 'vitest';
import type { Golden } from '../../lambdas/shared/contract';
import { demoModel, Project } from './init-project';

let project: Project;
beforeEach(() => {
  project = new Project();
});
const golden = (name: string): Golden => JSON.parse(project.read('models', name, 'golden.json'));

describe('inputs that are given', () => {
  test('are recorded in the place of made-up ones', async () => {
    project.write(
      'rows.json',
      '[{"instances": [[5.1, 3.5, 1.4, 0.2]]}, {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 4], "data": [6.4, 3.2, 5.3, 2.3]}]}]',
    );
    const { exitCode, stderr } = await project.init(demoModel('iris'), '--input', 'rows.json');
    expect(exitCode, stderr).toBe(0);
    const { cases } = golden('iris');
    expect(cases.map(({ inputs }) => inputs[0]?.data)).toEqual([
      [5.1, 3.5, 1.4, 0.2],
      [6.4, 3.2, 5.3, 2.3],
    ]);
    expect(cases.map(({ outputs }) => outputs[0]?.data)).toEqual([[0], [2]]);
  });

  test('that the model does not take are refused by field', async () => {
    project.write('rows.json', '{"instances": [[5.1, 3.5, 1.4]]}');
    const { exitCode, stderr } = await project.init(demoModel('iris'), '--input', 'rows.json');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('instances[0]')]);
    expect(project.files()).toEqual(['rows.json']);
  });
});
