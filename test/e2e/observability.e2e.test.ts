import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import { emittedMetrics, neverEmitted, watchedMetrics } from '../lib/observability/metrics';
import { golden, infer, logLineOf, logLines } from './client';

const { services } = inject('demo');
const cloudFormation = new CloudFormationClient(clientConfig(inject('target')));

/** The resources of a stack as they were deployed. */
async function deployedResources(StackName: string) {
  const { TemplateBody } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
  return JSON.parse(TemplateBody ?? '{}').Resources;
}

describe.each([
  ['iris', 'models/iris'],
  ['digits', 'models/digits'],
])('[X.5] [2.4] %s', (name, folder) => {
  test('alarms and graphs of the deployed stack look at what is in the log of the deployed function', async () => {
    const { url = '', resources = {} as Record<string, string> } = services[name] ?? {};
    const { headers } = await infer(url, name, { inputs: golden(folder).cases[0]?.inputs });
    await logLineOf(resources.logGroup ?? '', headers.get('x-request-id'));
    const emitted = emittedMetrics(await logLines(resources.logGroup ?? ''));
    const watched = watchedMetrics(await deployedResources(`test-local-${name}`));
    const own = watched.filter(({ namespace }) => !namespace.startsWith('AWS/'));
    expect(own.length).toBeGreaterThan(10);
    expect(neverEmitted(own, emitted)).toEqual([]);
  });
});
