import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addServices, chooseEnvironment, loadServingFile } from '../../lib/template';
import type { Place } from '../../lib/template/values';
import { temporaryFolder, write } from './temporary-configuration';

/** The stacks of a configuration by name. */
export function build(text: string, environmentName?: string): Record<string, Stack> {
  // CloudFormation's own rules take seconds and are checked where the app itself is run.
  const app = new App({ autoSynth: false, builtinCloudFormationValidation: false, outdir: temporaryFolder('cdk.out') });
  const checked = loadServingFile(write(text));
  const environment = chooseEnvironment(checked, environmentName);
  addServices(app, checked, environment, { env: { account: environment.account, region: environment.region } });
  return Object.fromEntries(app.node.children.map((stack) => [stack.node.id, stack as Stack]));
}

/** Where a value stands alone, with nothing in it that is a value too. */
export function aPlace(id: string): Place {
  return { scope: new Stack(), id, folder: '.', convert: (written) => written };
}

export function templateOf(stacks: Record<string, Stack>, name: string): Template {
  return Template.fromStack(stacks[name] as Stack);
}
