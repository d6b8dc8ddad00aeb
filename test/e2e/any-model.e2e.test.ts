import path from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { predictOnce } from '../../bin/local/demo';
import { deploy } from '../../bin/local/deploy';
import { type Endpoints, writeEndpoints } from '../../bin/local/endpoints';
import { Progress } from '../../bin/local/progress';
import { deleteStack } from '../../bin/local/stacks';
import { clientConfig } from '../../bin/local/target';
import { toolkitAt, workspaceOf } from '../../bin/local/workspace';
import { demoModel, fixture, Project, ROOT } from '../bin/init-project';
import { RecordedTerminal } from '../bin/terminal';
import { call, expectOutputs, golden, infer, post } from './client';
import { needing } from './needing';

/** Files of other people; each becomes a service by one command. */
const MODELS = [
  { name: 'any-rows', file: demoModel('iris'), pattern: 'web-single' },
  { name: 'any-texts', file: fixture('identity-bytes'), pattern: 'synchronous' },
  { name: 'any-halves', file: fixture('identity-fp16'), pattern: 'web-single' },
  { name: 'any-two', file: fixture('two-in-two-out'), pattern: 'web-single' },
];

describe('[12.6] [12.1] ONNX files that init made services of, deployed as they are', () => {
  const project = new Project();
  const target = inject('target');
  let endpoints: Endpoints;
  let stacks: readonly string[] = [];

  beforeAll(async () => {
    for (const { name, file, pattern } of MODELS) {
      const { exitCode, stderr } = await project.init(file, '--name', name, '--pattern', pattern);
      expect(exitCode, stderr).toBe(0);
    }
    const workspace = workspaceOf(project.path('serving.yaml'), path.join(ROOT, '.local'));
    const progress = new Progress(new RecordedTerminal());
    const options = { toolkit: toolkitAt(ROOT), workspace, target, environment: 'local', progress, env: process.env };
    ({ stacks } = await deploy(options));
    endpoints = await writeEndpoints(workspace, target, stacks);
  });
  afterAll(async () => {
    const client = new CloudFormationClient(clientConfig(target));
    for (const name of stacks) await deleteStack(client, name);
  });
  const urlOf = (name: string): string => endpoints.services[name]?.url ?? '';

  needing('binaryAnswers').test('one real prediction of each gives what was recorded', async () => {
    const rows = await predictOnce(endpoints, project.path('serving.yaml'), 'local');
    expect(rows.map(({ service, ok, answer }) => [service, ok ? 'ok' : answer])).toEqual(
      MODELS.map(({ name }) => [name, 'ok']),
    );
  });

  // JSON has no half-precision numbers; the prediction above was made with bytes.
  test.each(MODELS.filter(({ name }) => name !== 'any-halves'))(
    '$name: ready, described, every golden case over HTTP',
    async ({ name }) => {
      const url = urlOf(name);
      expect((await call(`${url}/v2/health/ready`)).status).toBe(200);
      expect((await call(`${url}/v2/models/${name}`)).body).toMatchObject({ name, versions: ['1.0.0'] });
      const { cases, tolerance } = golden(project.path('models', name));
      expect(cases).toHaveLength(2);
      for (const { inputs, outputs } of cases) {
        const { status, body } = await infer(url, name, { inputs });
        expect(status).toBe(200);
        if (name === 'any-texts') expect(body.outputs).toMatchObject(outputs);
        else expectOutputs(body.outputs, outputs, tolerance);
      }
    },
  );

  test('rows by the convenient way, too', async () => {
    const { status, body } = await post<{ predictions: unknown[] }>(`${urlOf('any-rows')}/predict`, {
      instances: [
        [5.1, 3.5, 1.4, 0.2],
        [6.4, 3.2, 5.3, 2.3],
      ],
    });
    expect(status).toBe(200);
    expect(body.predictions).toMatchObject([{ label: 0 }, { label: 2 }]);
  });
});
