import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Run } from '../../lambdas/shared/contract';
import { BatchClient } from '../batch/batch-client';
import { describeRun } from '../batch/describe-run';
import { batchOf } from '../batch/service-batch';
import { UsageError } from '../local/errors';
import type { CommandContext, CommonOptions } from './context';
import { atService, type DeployedService } from './deployed-service';

export interface BatchOptions extends CommonOptions {
  readonly wait?: boolean;
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly run?: string;
  readonly status?: string | true;
  readonly resume?: string;
  readonly stop?: string;
}

/** Starts a run of a batch, or says how one is. */
export async function batch(
  context: CommandContext,
  service: string,
  source: string | undefined,
  options: BatchOptions,
): Promise<number> {
  return atService(context, service, options, (deployed) => runBatch(context, deployed, source, options));
}

async function runBatch(
  context: CommandContext,
  { config, stack }: DeployedService,
  source: string | undefined,
  options: BatchOptions,
): Promise<number> {
  const places = await batchOf(new CloudFormationClient(config), stack);
  const client = new BatchClient(places, config);
  if (options.status !== undefined) return showStatus(context, client, options.status);
  if (options.stop !== undefined) {
    await client.stop(options.stop);
    context.terminal.err(`${options.stop} is stopped; what it has done is kept, and --resume goes on with it.\n`);
    return 0;
  }
  if (options.resume !== undefined) {
    const { attempt } = await client.resume(options.resume);
    return follow(context, client, options.resume, attempt + 1, options.wait ?? false);
  }
  // Two that are started within a second are two runs.
  const run = options.run ?? `demand-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const from = options.from ?? options.date;
  const to = options.to ?? options.date;
  checkRequest(run, { from, to });
  await client.start(run, { trigger: 'demand', source: await sourceOf(source, client, context), from, to });
  return follow(context, client, run, 1, options.wait ?? false);
}

async function showStatus({ terminal }: CommandContext, client: BatchClient, status: string | true): Promise<number> {
  const runs = status === true ? await client.recent(10) : [await client.existing(status)];
  for (const run of runs) terminal.out(`${describeRun(run)}\n`);
  if (runs.length === 0) terminal.err('There has been no run yet.\n');
  return 0;
}

/** With `wait` the exit code says what came of the run. Its name is the output. */
async function follow(
  { terminal }: CommandContext,
  client: BatchClient,
  run: string,
  attempt: number,
  wait: boolean,
): Promise<number> {
  terminal.out(`${run}\n`);
  if (!wait) return 0;
  let said = '';
  const look = (each: Run) => {
    const text = describeRun(each);
    if (text !== said) terminal.err(`${text}\n`);
    said = text;
  };
  const ended = await client.ended(run, { attempt, look });
  if (ended.manifestKey) terminal.out(`s3://${client.places.outputBucket}/${ended.manifestKey}\n`);
  return ended.state === 'COMPLETED' || ended.state === 'PARTIAL' ? 0 : 1;
}

/** A key of the input bucket. A file of this machine is uploaded. */
async function sourceOf(
  source: string | undefined,
  client: BatchClient,
  { cwd }: CommandContext,
): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(source) ?? [];
  const { inputBucket, inputPrefix } = client.places;
  const place = `s3://${inputBucket}/${inputPrefix}`;
  if (bucket === inputBucket && key?.startsWith(inputPrefix)) return key;
  if (bucket !== undefined) throw new UsageError(`The service reads from ${place}; got ${source}.`);
  const file = path.resolve(cwd, source);
  if (!existsSync(file) || !statSync(file).isFile())
    throw new UsageError(`There is no file ${file}, and ${source} is no s3://bucket/key.`);
  return client.uploadFile(`${client.places.inputPrefix}${path.basename(file)}`, file);
}

/** What would only be a run that has failed. */
function checkRequest(run: string, days: Readonly<Record<string, string | undefined>>): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(run)) {
    throw new UsageError(`The name of a run is letters, digits, "_", "-" and ".", at most 64; got ${run}.`);
  }
  for (const day of Object.values(days)) {
    if (day === undefined || (/^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)))) continue;
    throw new UsageError(`A day is written yyyy-mm-dd; got ${day}.`);
  }
}
