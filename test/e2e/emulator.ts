import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { build, type Plugin } from 'esbuild';
import { deploy } from '../../bin/local/deploy';
import { readDeployed } from '../../bin/local/deployment-record';
import { startEmulator, stopEmulator } from '../../bin/local/emulator';
import { identifyEmulator } from '../../bin/local/emulator-kind';
import { type Endpoints, writeEndpoints } from '../../bin/local/endpoints';
import { nextFreePort } from '../../bin/local/port';
import { Progress } from '../../bin/local/progress';
import { deleteStack, describeStack } from '../../bin/local/stacks';
import { clientConfig, type Target, targetAt } from '../../bin/local/target';
import { type Toolkit, toolkitAt, type Workspace, workspaceOf } from '../../bin/local/workspace';

import type { EndpointKind } from './capabilities';

const root = process.cwd();
const toolkit = toolkitAt(root);
/** Python with the emulator and the functions' Node are installed once, not for each run. */
const tools = path.join(root, '.local');

/** Where the tests of one run deploy to. */
export interface TestTarget {
  readonly target: Target;
  /** Folder of the run's files, removed at its end. */
  readonly folder: string;
}

export interface OpenTarget extends TestTarget {
  readonly endpoint: EndpointKind;
  close(): Promise<void>;
}

const progress = new Progress({
  out: () => undefined,
  err: (text) => process.stderr.write(text),
  columns: undefined,
  interactive: false,
});

const workspaceIn = (folder: string, name: string): Workspace => {
  mkdirSync(path.join(folder, name), { recursive: true });
  return workspaceOf(path.join(folder, name, 'serving.yaml'), tools);
};

/** An emulator of the run's own; or, with AWS_ENDPOINT_URL, the one that answers there. */
export async function openTarget(): Promise<OpenTarget> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'e2e-'));
  const external = process.env.AWS_ENDPOINT_URL;
  if (external) return openExternal(targetAt(external), folder);
  const workspace = workspaceIn(folder, 'emulator');
  mkdirSync(workspace.dir, { recursive: true });
  const port = await nextFreePort(4600);
  const { endpointUrl } = await startEmulator({ toolkit, workspace, progress, env: process.env, port });
  return {
    target: targetAt(endpointUrl),
    endpoint: 'embedded',
    folder,
    close: async () => {
      await stopEmulator(workspace);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An emulator that runs already stays, without what the run deployed to it. */
async function openExternal(target: Target, folder: string): Promise<OpenTarget> {
  const { kind } = await identifyEmulator(target);
  if (kind === 'unknown') throw new Error(`At ${target.endpointUrl} answers neither LocalStack nor MiniStack.`);
  return {
    target,
    endpoint: kind,
    folder,
    close: async () => {
      const client = new CloudFormationClient(clientConfig(target));
      const apps = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      const records = await Promise.all(apps.map(({ name }) => readDeployed(workspaceIn(folder, name))));
      rmSync(folder, { recursive: true, force: true });
      const failures: unknown[] = [];
      for (const { name } of records.flatMap((record) => record?.stacks ?? [])) {
        if (await describeStack(client, name)) {
          // One that cannot be deleted is no reason to leave the others.
          await deleteStack(client, name).catch((error) => failures.push(error));
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Not all stacks of the tests could be deleted.');
    },
  };
}

/** Deploys the project's own configuration, as `npm start` does, under another name than a developer's own. */
export async function deployDemo(run: TestTarget): Promise<Endpoints> {
  const text = readFileSync(path.join(root, 'serving.yaml'), 'utf8');
  return deployConfiguration(run, 'demo', text.replace(/^project: .*$/m, 'project: test'));
}

/** Deploys a `serving.yaml` beside the models, hooks and transforms of the project. */
export async function deployConfiguration(run: TestTarget, name: string, text: string): Promise<Endpoints> {
  const { folder, target } = run;
  const workspace = workspaceIn(folder, name);
  for (const part of ['models', 'examples/hooks', 'examples/transforms']) {
    cpSync(path.join(root, part), path.join(folder, name, part), { recursive: true });
  }
  writeFileSync(workspace.configFile, text);
  const { stacks } = await deploy(deployOptions(target, workspace, toolkit, {}));
  return writeEndpoints(workspace, target, stacks);
}

/** Outputs of the deployed stacks, by stack and name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Deploys `test/e2e/apps/<app>.ts`, a CDK app of the tests.
 *
 * @param variables reach the app as environment variables
 */
export async function deployApp(
  { target, folder }: TestTarget,
  app: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Outputs> {
  const bundle = path.join(folder, `${app}.cjs`);
  await build({
    entryPoints: [path.join(root, 'test/e2e/apps', `${app}.ts`)],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['aws-cdk-lib'],
    plugins: [compiledConstructs],
    nodePaths: [path.join(root, 'node_modules')],
    logLevel: 'error',
  });
  const workspace = workspaceIn(folder, app);
  const env = { ...variables, NODE_PATH: path.join(root, 'node_modules'), REPOSITORY: root };
  const { stacks } = await deploy(deployOptions(target, workspace, { ...toolkit, app: bundle }, env));
  const client = new CloudFormationClient(clientConfig(target));
  const outputs: Record<string, Record<string, string>> = {};
  for (const name of stacks) {
    const found = (await describeStack(client, name))?.Outputs ?? [];
    outputs[name] = Object.fromEntries(found.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
  }
  return outputs;
}

/** `../../../lib` is the compiled package, as a consumer has it: it finds what it ships by its own place. */
const compiledConstructs: Plugin = {
  name: 'compiled-constructs',
  setup({ onResolve }) {
    onResolve({ filter: /\/lib$/ }, () => ({ path: path.join(root, 'build/lib/index.js'), external: true }));
  },
};

function deployOptions(target: Target, workspace: Workspace, kit: Toolkit, variables: Record<string, string>) {
  mkdirSync(workspace.dir, { recursive: true });
  const env = { ...process.env, ...variables };
  return { toolkit: kit, workspace, target, environment: 'local', progress, env };
}
