import { writeFile } from 'node:fs/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { adaptTemplates } from './adapt-templates';
import { assemblyDigest, readStacks, type SynthesizedStack, type SynthesizeOptions, synthesize } from './assembly';
import { LOCAL_ASSETS_BUCKET } from './assets';
import { findCdk } from './cdk-cli';
import { lastLines, run } from './child';
import { type DeploymentRecord, readDeployed, writeDeployed } from './deployment-record';
import { type Emulator, identifyEmulator } from './emulator-kind';
import { LocalRunError } from './errors';
import { applyFixups } from './fixup';
import { type Progress, type StepNotes, seconds } from './progress';
import { removeChanged } from './replace-stacks';
import { deleteStack, describeStack, failureEvents, isSettled, waitUntilIdle } from './stacks';
import { answers, clientConfig, type Target, targetEnvironment, withoutAwsSettings } from './target';
import { whileListening } from './watch';

export interface DeployOptions extends SynthesizeOptions {
  readonly progress: Progress;
}

export interface Deployment {
  /** Names of the stacks of the configuration, all deployed. */
  readonly stacks: readonly string[];
  /** False when all was as the last deployment left it. */
  readonly changed: boolean;
}

/** Brings the emulator to what the configuration says. */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { workspace, target, progress } = options;
  const emulator = await identifyEmulator(target);
  await progress.step('Synthesis', async () => {
    await synthesize(options, emulator);
    await adaptTemplates(workspace.assemblyDir, emulator);
  });
  const stacks = await readStacks(workspace.assemblyDir);
  const names = stacks.map(({ name }) => name);
  const digest = await assemblyDigest(workspace.assemblyDir);
  const client = new CloudFormationClient(clientConfig(target));
  const last = await readDeployed(workspace);

  if (last?.digest === digest && (await isInPlace(client, last))) {
    await progress.step(`Deployment: nothing changed in ${count(names.length)}`, async () => undefined);
    return { stacks: names, changed: false };
  }
  await ensureAssetsBucket(target);
  await waitUntilIdle(client, names);
  if (!emulator.updatesStacks) {
    await removeChanged(stacks, client, last, target, progress);
  }
  try {
    await progress.step(`Deployment of ${count(names.length)}`, (notes) =>
      whileListening(target, options.signal, (signal) => cdkDeploy({ ...options, signal }, client, names, notes)),
    );
  } catch (error) {
    // What did get deployed must still be known when it is no longer wanted.
    const known = new Set([...names, ...(last?.stacks ?? []).map(({ name }) => name)]);
    try {
      await waitUntilIdle(client, names);
      await writeDeployed(workspace, client, '', [...known], []);
    } catch {
      // Why the deployment failed matters more.
    }
    throw await causeOf(error, options);
  }
  for (const { name, id } of last?.stacks ?? []) {
    if (!names.includes(name) && (await describeStack(client, name))?.StackId === id) {
      await progress.step(`Removal of stack ${name}`, () => deleteStack(client, name));
    }
  }
  await reapplyDropped(stacks, client, emulator, options);
  await writeDeployed(workspace, client, digest, names, stacks);
  return { stacks: names, changed: true };
}

/** Why a deployment failed: whatever it says, when the emulator is gone that is why. */
export async function causeOf(
  error: unknown,
  { workspace, target, signal }: Pick<DeployOptions, 'workspace' | 'target' | 'signal'>,
): Promise<unknown> {
  return signal?.aborted || (await answers(target.endpointUrl))
    ? error
    : new LocalRunError('The emulator has ended.', { hint: `Its log: ${workspace.emulatorLog}` });
}

async function reapplyDropped(
  stacks: readonly SynthesizedStack[],
  client: CloudFormationClient,
  { kind }: Emulator,
  { target, progress }: DeployOptions,
): Promise<void> {
  await progress.step('Properties the emulator drops', async ({ outcome }) => {
    const applied = await applyFixups(stacks, client, target, kind);
    outcome(`Properties the emulator drops: ${applied} applied again`);
  });
}

async function isInPlace(client: CloudFormationClient, last: DeploymentRecord): Promise<boolean> {
  const found = await Promise.all(last.stacks.map(({ name }) => describeStack(client, name)));
  return (
    last.stacks.length > 0 &&
    last.stacks.every(({ id }, index) => isSettled(found[index]) && found[index].StackId === id)
  );
}

async function ensureAssetsBucket(target: Target): Promise<void> {
  const client = new S3Client(clientConfig(target));
  const exists = await client.send(new HeadBucketCommand({ Bucket: LOCAL_ASSETS_BUCKET })).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await client.send(new CreateBucketCommand({ Bucket: LOCAL_ASSETS_BUCKET }));
  }
}

async function cdkDeploy(
  { toolkit, workspace, target, env, signal }: DeployOptions,
  client: CloudFormationClient,
  names: readonly string[],
  notes: StepNotes,
): Promise<void> {
  notes.begin('up to a minute');
  const started = new Date();
  const args = ['deploy', '--all', '--app', workspace.assemblyDir, '--concurrency', '4', '--method', 'direct'];
  args.push('--require-approval', 'never', '--progress', 'events', '--no-notices', '--no-color', '--ci');
  const result = await run(process.execPath, [await findCdk(toolkit, workspace), ...args], {
    cwd: workspace.dir,
    signal,
    env: {
      ...withoutAwsSettings(env),
      ...targetEnvironment(target),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
    },
    onLine: (line) => {
      const finished = finishedStack(line);
      if (finished) {
        notes.line(`${finished} (${seconds(Date.now() - started.getTime())})`);
      }
    },
  });
  await writeFile(workspace.deployLog, result.output);
  if (result.code === 0) {
    return;
  }
  const reasons = await Promise.all(
    names.map(async (name) => (await failureEvents(client, name, started)).map((reason) => `${name}: ${reason}`)),
  );
  throw new LocalRunError('The deployment failed.', {
    detail: reasons.flat().join('\n') || lastLines(result.output, 25),
    hint: `All the CDK said: ${workspace.deployLog}`,
  });
}

/** What a line of `cdk deploy` says about a stack that is done: ` ✅  iris (no changes)`. */
export function finishedStack(line: string): string | undefined {
  const [, mark, stack, rest = ''] = /^\s*(✅|❌)\s+(\S+)(.*)$/u.exec(line) ?? [];
  if (stack === undefined) {
    return undefined;
  }
  const deployed = rest.includes('no changes') ? 'unchanged' : 'deployed';
  return `${stack} ${mark === '✅' ? deployed : 'failed'}`;
}

function count(stacks: number): string {
  return stacks === 1 ? '1 stack' : `${stacks} stacks`;
}
