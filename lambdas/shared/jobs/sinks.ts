import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  JOB_EVENT_SOURCE,
  JOB_EVENT_TYPE,
  JOB_VERSION,
  type JobEvent,
  type JobState,
  type SinkSettings,
} from '../contract';
import { reasonOf } from '../errors';
import type { Job } from './job';
import type { EndingEnv } from './job-env';

/** How a job ended: a `JobEvent` as text, and what a sink itself must know of it. */
interface Ended {
  readonly state: JobState;
  readonly job: string;
  readonly text: string;
}

/** Tells one sink how a job ended; throws when it did not take it. Told twice, it hears the same twice. */
type TellSink = (ended: Ended) => Promise<void>;

/** Tells whoever waits for it that a job has ended. */
export type Tell = (job: Job) => Promise<void>;

/** EventBridge and SNS take 256 KiB with everything around it. */
const LARGEST_RESULT = 200 * 1024;

type ClientOptions = Readonly<Record<string, unknown>>;

/** Who is not told now is told by the sweeper, so nobody waits for a second try. */
const CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

/** Clients that a function does not have anyway are loaded with the first event: most services have no sink. */
const SINKS: {
  [Kind in SinkSettings['kind']]: (sink: Extract<SinkSettings, { kind: Kind }>, options: ClientOptions) => TellSink;
} = {
  sns:
    ({ topicArn }, options) =>
    async (event) => {
      const { PublishCommand, SNSClient } = await import('./sinks/sns-client');
      const client = new SNSClient({ ...CLIENT, ...options });
      const state = { DataType: 'String', StringValue: event.state };
      await client.send(new PublishCommand({ TopicArn: topicArn, Message: event.text, MessageAttributes: { state } }));
    },
  eventbridge:
    ({ busName }, options) =>
    async (event) => {
      const { EventBridgeClient, PutEventsCommand } = await import('./sinks/eventbridge-client');
      const client = new EventBridgeClient({ ...CLIENT, ...options });
      const entry = {
        EventBusName: busName,
        Source: JOB_EVENT_SOURCE,
        DetailType: JOB_EVENT_TYPE,
        Detail: event.text,
      };
      const { Entries, FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      if (FailedEntryCount) throw new Error(`EventBridge: ${Entries?.[0]?.ErrorCode}: ${Entries?.[0]?.ErrorMessage}`);
    },
  sqs:
    ({ queueUrl }, options) =>
    async (event) => {
      const client = new SQSClient({ ...CLIENT, ...options });
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: event.text }));
    },
  s3:
    ({ bucket, prefix }, options) =>
    async (event) => {
      const { PutObjectCommand, S3Client } = await import('./payload-client');
      const client = new S3Client({ ...CLIENT, ...options });
      const Body = event.text;
      const Key = `${prefix}${event.job}.json`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/json' }));
    },
};

/** All sinks of a service as one; it throws when one of them did not take the event, after the others have it. */
export function createSinks(env: EndingEnv): Tell | undefined {
  const { clientOptions, sinks } = env;
  if (sinks.length === 0) return undefined;
  const tell = sinks.map((sink) =>
    (SINKS[sink.kind] as (settings: SinkSettings, options: ClientOptions) => TellSink)(sink, clientOptions),
  );
  return async (job) => {
    const ended = { state: job.state, job: job.id, text: eventText(job, env) };
    const results = await Promise.allSettled(tell.map((each) => each(ended)));
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [reasonOf(result.reason)] : []));
    if (reasons.length) throw new Error(reasons.join('; '));
  };
}

/** A `JobEvent` as JSON. The result is text already: parsed and written again, large whole numbers would be others. */
function eventText(job: Job, env: EndingEnv): string {
  const { output } = job;
  const event = JSON.stringify(eventOf(job, env));
  const fits = output?.inline && output.headerLength === undefined && output.inline.byteLength <= LARGEST_RESULT;
  return fits ? `${event.slice(0, -1)},"result":${Buffer.from(output.inline).toString('utf8')}}` : event;
}

function eventOf(job: Job, { payloadBucket, service }: EndingEnv): JobEvent {
  const { endedAt = 0, error, model, output } = job;
  return {
    v: JOB_VERSION,
    service,
    job: job.id,
    state: job.state,
    requestId: job.requestId,
    traceparent: job.traceparent,
    acceptedAt: new Date(job.acceptedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    model,
    error,
    models: job.members && mapValues(job.members, ({ state, error }) => ({ state, error })),
    ...(output?.ref ? { resultRef: { bucket: payloadBucket, ...output.ref, type: typeOf(output.headerLength) } } : {}),
  };
}

function typeOf(headerLength: number | undefined): string {
  return headerLength === undefined ? 'application/json' : 'application/octet-stream';
}

function mapValues<From, To>(map: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
