import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { reportStages, summaryOf } from '../graph/stages';
import { GRAPH_METRICS, type JobMessage, type StageSummary } from '../shared/contract';
import { reasonOf, ServingError } from '../shared/errors';
import { isFinal, type Job } from '../shared/jobs/job';
import { outputKey, storeContent } from '../shared/jobs/job-bodies';
import { readMessage } from '../shared/jobs/job-queue';
import { type Ending, isRefused } from '../shared/jobs/job-table';
import { missingOf } from '../shared/jobs/members';
import { retryDelayMs } from '../shared/jobs/retry-delay';
import { answerOf, type Steps, stepsOf } from './answer';
import type { Gatherer } from './service';
import { verdictOn } from './verdict';

/** Messages that say: look at this job, its models may have settled. */
export async function gather(records: readonly SQSRecord[], gatherer: Gatherer): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    records.map(async (record) => {
      const { body, messageId } = record;
      const message = readMessage(body);
      try {
        if (!message) throw new Error('the message names no job');
        await gatherOne(message, gatherer);
        return [];
      } catch (error) {
        // It comes again soon; after a few times it rests in the dead-letter queue.
        gatherer.log.event('gathering_failed', { job: message?.job, reason: reasonOf(error) });
        await returnLater(record, gatherer);
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}

async function returnLater({ attributes, receiptHandle }: SQSRecord, { env, queue }: Gatherer): Promise<void> {
  const delayMs = retryDelayMs(Number(attributes.ApproximateReceiveCount));
  await queue.returnAfter(env.queueUrl, receiptHandle, delayMs).catch(() => undefined);
}

/** However often the message comes, the row ends once: the table refuses everybody else. */
async function gatherOne({ generation, job: id }: JobMessage, gatherer: Gatherer): Promise<void> {
  const { endings, spec, table } = gatherer;
  const job = await table.get(id);
  if (!job || job.generation !== generation) return;
  // Whoever ended it may have died before the sinks were told.
  if (isFinal(job.state)) return endings.tell(job);
  const verdict = verdictOn(job, spec);
  // Expired is for the sweeper to say.
  if (verdict.is === 'open' || job.expiresAt <= table.now()) return;
  const steps = await stepsOf(job, gatherer.payloads);
  const stages = summaryOf({ steps });
  const ending = verdict.is === 'failure' ? { error: verdict.error } : await endingOf(job, steps, stages, gatherer);
  const ended = await table.complete(job, ending.error ? 'FAILED' : 'SUCCEEDED', ending);
  if (isRefused(ended)) throw new Error('the job has changed meanwhile');
  reportStages(stages, job.requestId, gatherer);
  reportMissing(job, ending, gatherer);
  await endings.announce(ended);
}

/** Answers that do not go together, or are not those asked for, never will; a store that does not answer may. */
async function endingOf(job: Job, steps: Steps, stages: readonly StageSummary[], gatherer: Gatherer): Promise<Ending> {
  const { env, model, payloads } = gatherer;
  try {
    const answer = await answerOf(job, steps, stages, gatherer);
    if ('error' in answer) return answer;
    return { model, output: await storeContent(answer.content, outputKey(job), env.inlineBytes, payloads) };
  } catch (error) {
    if (!(error instanceof ServingError) || error.code === 'UNAVAILABLE') throw error;
    return { error: { code: error.code, message: error.message, field: error.field } };
  }
}

function reportMissing(job: Job, { error }: Ending, { log, manifest }: Gatherer): void {
  const steps = missingOf(job);
  if (error || steps.length === 0) return;
  const details = { model: manifest.name, job: job.id, requestId: job.requestId, steps };
  log.event('partial_answer', details, [[GRAPH_METRICS.partial, 1]]);
}
