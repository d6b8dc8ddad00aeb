import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Run } from '../../lambdas/shared/contract';
import { BatchClient } from '../batch/batch-client';
import { describeRun } from '../batch/describe-run';
import { batchOf } from '../batch/service-batch';
import { UsageError } from '../local/errors';
import type { CommandContext, CommonOptions } from './context';
import { atService } from './deployed-service';

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
  const { from = options.date, resume, status, stop, to = options.date } = options;
  // Two that are started within a second are two runs.
  const run = options.run ?? `demand-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const starts = (status ?? stop ?? resume) === undefined;
  if (starts) checkRequest(run, from, to);
  const asked = starts ? sourceOf(source, context) : undefined;
  return atService(context, service, options, async ({ config, stack }) => {
    const client = new BatchClient(await batchOf(new CloudFormationClient(config), stack), config);
    if (status !== undefined) return showStatus(context, client, status);
    if (stop !== undefined) return stopRun(context, client, stop);
    const wait = options.wait ?? false;
    if (resume !== undefined) {
      const { attempt } = await client.resume(resume);
      return follow(context, client, resume, attempt + 1, wait);
    }
    await client.start(run, { trigger: 'demand', source: asked && (await keyOf(asked, client)), from, to });
    return follow(context, client, run, 1, wait);
  });
}

async function stopRun({ terminal }: CommandContext, client: BatchClient, run: string): Promise<number> {
  await client.stop(run);
  terminal.err(`${run} is stopped; what it has done is kept, and --resume goes on with it.\n`);
  return 0;
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

/** What is to be read: a place in S3, or a file of this machine. */
type Source = { readonly written: string; readonly bucket: string; readonly key: string } | { readonly file: string };

function sourceOf(source: string | undefined, { cwd }: CommandContext): Source | undefined {
  if (source === undefined) return undefined;
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(source) ?? [];
  if (bucket !== undefined && key !== undefined) return { written: source, bucket, key };
  if (source.startsWith('s3:'))
    throw new UsageError(`A place in S3 is s3://bucket/key or s3://bucket/prefix/; got ${source}.`);
  const file = path.resolve(cwd, source);
  if (existsSync(file) && statSync(file).isFile()) return { file };
  throw new UsageError(`There is no file ${file}, and ${source} is no s3://bucket/key.`);
}

/** A key of the input bucket. A file of this machine is uploaded. */
async function keyOf(source: Source, client: BatchClient): Promise<string> {
  const { inputBucket, inputPrefix } = client.places;
  if ('file' in source) return client.uploadFile(`${inputPrefix}${path.basename(source.file)}`, source.file);
  if (source.bucket === inputBucket && source.key.startsWith(inputPrefix)) return source.key;
  throw new UsageError(`The service reads from s3://${inputBucket}/${inputPrefix}; got ${source.written}.`);
}

/** What would only be a run that has failed. */
function checkRequest(run: string, from: string | undefined, to: string | undefined): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(run)) {
    throw new UsageError(`The name of a run is letters, digits, "_", "-" and ".", at most 64; got ${run}.`);
  }
  for (const day of [from, to]) {
    if (day !== undefined && !isDay(day)) throw new UsageError(`A day is written yyyy-mm-dd; got ${day}.`);
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new UsageError(`The first day must not be after the last; got --from ${from} --to ${to}.`);
  }
}

/** Whether it is a day of the calendar, which 2027-02-31 is not. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
