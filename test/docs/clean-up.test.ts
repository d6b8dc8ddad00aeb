import { App, CfnDeletionPolicy, CfnResource } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { addServices, chooseEnvironment, loadServingFile } from '../../lib/template';
import { temporaryFolder } from '../template/temporary-configuration';
import { markdown } from './markdown';

/** Old versions of a function are part of its releases, and go with the function. */
const WITH_ITS_FUNCTION = 'AWS::Lambda::Version';

/** What a stack of each service of serving.yaml leaves behind, by type and name of the construct. */
function retained(): Map<string, Set<string>> {
  const app = new App({
    autoSynth: false,
    builtinCloudFormationValidation: false,
    outdir: temporaryFolder('cdk.out'),
    // What is in the functions is of no interest here.
    context: { 'aws:cdk:bundling-stacks': [] },
  });
  const configuration = loadServingFile('serving.yaml');
  addServices(app, configuration, chooseEnvironment(configuration, 'production'), { env: {} });
  const found = new Map<string, Set<string>>();
  for (const construct of app.node.findAll()) {
    if (!CfnResource.isCfnResource(construct) || construct.cfnResourceType === WITH_ITS_FUNCTION) continue;
    if (construct.cfnOptions.deletionPolicy !== CfnDeletionPolicy.RETAIN) continue;
    const names = found.get(construct.cfnResourceType) ?? new Set();
    found.set(construct.cfnResourceType, names.add(construct.node.scope?.node.id ?? ''));
  }
  return found;
}

test('what stays when a stack is destroyed is in the README, with the command that removes it', () => {
  const found = retained();
  const stays =
    /^\*\*Clean up\*\*[\s\S]*?(?=^In an environment with)/m.exec(markdown.get('README.md') ?? '')?.[0] ?? '';
  const commands: Readonly<Record<string, string>> = {
    'AWS::DynamoDB::Table': 'aws dynamodb delete-table',
    'AWS::Logs::LogGroup': 'aws logs delete-log-group',
    'AWS::S3::Bucket': 'aws s3 rb',
  };
  expect([...found.keys()].sort()).toEqual(Object.keys(commands));
  for (const [type, names] of found) {
    for (const name of names) {
      const row = stays.split('\n').find((line) => line.includes(`\`${name}\``));
      expect(row, `${type} ${name}`).toContain(commands[type]);
    }
  }
});
