import { writeFileSync } from 'node:fs';
import path from 'node:path';
import validate from 'asl-validator';
import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import * as lib from '../../lib';
import { addServices, chooseEnvironment, loadServingFile } from '../../lib/template';
import { temporaryFolder } from '../template/temporary-configuration';
import { installCfnLint, lint } from './cfn-lint';
import { addMaximalBatch } from './maximal-batch-stack';
import { addMaximalCaches } from './maximal-caches-stack';
import { addMaximalGraphs } from './maximal-graphs-stack';
import { addMaximalJobs } from './maximal-jobs-stack';
import { addMaximal } from './maximal-stack';
import { stateMachines } from './state-machines';

const newApp = () =>
  new App({
    outdir: temporaryFolder('cdk.out'),
    analyticsReporting: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': true },
  });

afterEach(() => void vi.unstubAllEnvs());

let cfnLint: string;
beforeAll(async () => {
  cfnLint = await installCfnLint();
});

function demo(): App {
  const app = newApp();
  const configuration = loadServingFile('serving.yaml');
  addServices(app, configuration, chooseEnvironment(configuration, 'production'), { env: {} });
  return app;
}

function maximal(): App {
  const app = newApp();
  const env = { account: '111111111111', region: 'us-east-1' };
  // Together they would have more resources than a stack may.
  addMaximal(new Stack(app, 'Maximal', { env }));
  addMaximalJobs(new Stack(app, 'MaximalJobs', { env }));
  addMaximalBatch(new Stack(app, 'MaximalBatch', { env }));
  addMaximalCaches(new Stack(app, 'MaximalCaches', { env }));
  addMaximalGraphs(new Stack(app, 'MaximalGraphs', { env }));
  return app;
}

describe('templates of the demo in production, and of every construct with every option', () => {
  let app: App;
  let stacks: ReturnType<App['synth']>['stacks'];
  beforeAll(() => {
    app = maximal();
    stacks = [app, demo()].flatMap((each) => each.synth().stacks);
  });

  test('the rules of the CDK find nothing', () => {
    vi.stubEnv('CDK_VALIDATION', 'true');
    // Of the demo test/template/app.test.ts says it.
    expect(() => maximal().synth()).not.toThrow();
  });

  test('cfn-lint finds nothing', async () => {
    expect(
      await lint(
        cfnLint,
        stacks.map(({ templateFullPath }) => templateFullPath),
      ),
    ).toEqual([]);
    // Dozens of templates, each with some hundred rules.
  }, 600_000);

  test('asl-validator finds nothing in their state machines', () => {
    const machines = stacks.flatMap(({ template }) => Object.entries(stateMachines(template)));
    expect(machines).not.toEqual([]);
    expect(machines.flatMap(([id, machine]) => validate(machine).errors.map((error) => ({ id, ...error })))).toEqual(
      [],
    );
  });

  test('every construct is among them', () => {
    const constructs = Object.entries(lib).filter(
      ([, value]) => (value as typeof Construct).prototype instanceof Construct,
    );
    const made = app.node.findAll();
    const missing = constructs.filter(([, type]) => !made.some((each) => each instanceof (type as typeof Construct)));
    expect(missing.map(([name]) => `${name} is in no maximal stack`)).toEqual([]);
  });
});

test('what is wrong is found', async () => {
  const file = path.join(temporaryFolder('wrong'), 'wrong.template.json');
  writeFileSync(file, '{"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": {"Runtme": "go"}}}}');
  expect(await lint(cfnLint, [file])).toContainEqual(expect.stringContaining("'Runtme'"));
  const machine = { StartAt: 'Ask', States: { Ask: { Type: 'Pass', Next: 'Nowhere' } } };
  const resource = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { DefinitionString: JSON.stringify(machine) },
  };
  const [definition = {}] = Object.values(stateMachines({ Resources: { Machine: resource } }));
  expect(validate(definition).errors).not.toEqual([]);
});
