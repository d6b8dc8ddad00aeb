import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { App, Stack, type StackProps } from 'aws-cdk-lib';

/** An empty app whose output goes to the test run's temporary folder. */
export function newApp(context: Record<string, unknown> = {}): App {
  return new App({ outdir: mkdtempSync(path.join(os.tmpdir(), 'cdk.out-')), context, analyticsReporting: false });
}

/** An empty stack in an app of its own. */
export function newStack(context: Record<string, unknown> = {}, props: StackProps = {}): Stack {
  return new Stack(newApp(context), 'Test', { env: { account: '111111111111', region: 'eu-west-1' }, ...props });
}

/** A folder with a model of the test fixtures. */
export const fixture = (name: string): string => path.join('test/fixtures/models', name);
