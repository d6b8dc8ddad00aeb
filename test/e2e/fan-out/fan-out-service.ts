import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientConfig, type Target } from '../../../bin/local/target';
import type { JobEvent } from '../../../lambdas/shared/contract';
import { type LogLine, logLines } from '../client';
import { JobService } from '../jobs/job-service';

/** A deployed service whose jobs several models answer: the whole is a service with jobs, and so is each of its models. */
export class FanOutService extends JobService {
  readonly #sns: SNSClient;
  readonly #sqs: SQSClient;

  constructor(
    private readonly at: Target,
    outputs: Readonly<Record<string, string>>,
    model: string,
  ) {
    super(at, outputs, model);
    this.#sns = new SNSClient(clientConfig(at));
    this.#sqs = new SQSClient(clientConfig(at));
  }

  /** Queues and worker of one of the models. */
  lane(name: string): JobService {
    const own = Object.entries(this.outputs).flatMap(([output, value]) =>
      output.startsWith(name) ? [[output.slice(name.length), value] as const] : [],
    );
    return new JobService(this.at, { ...this.outputs, ...Object.fromEntries(own) }, this.model);
  }

  /** As SNS does when it delivers a message more than once. */
  async publishAgain(id: string): Promise<void> {
    await this.#sns.send(new PublishCommand({ TopicArn: this.outputs.TopicArn, Message: await this.#messageOf(id) }));
  }

  /** As if the models had settled once more. */
  async gatherAgain(id: string): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({ QueueUrl: this.outputs.QueueUrl, MessageBody: await this.#messageOf(id) }),
    );
  }

  async #messageOf(id: string): Promise<string> {
    const row = await this.row(id);
    const { expiresAt, generation, owner } = row ?? {};
    return JSON.stringify({ v: 1, job: id, owner, generation, expiresAt });
  }

  /** What the sink has heard of these jobs; what else is in it is taken too. */
  async heard(count: number, seconds?: number): Promise<readonly JobEvent[]> {
    return this.receive<JobEvent>(this.outputs.SinkUrl, count, seconds);
  }

  /** Lines about a job of who gathers, or of one of the models. */
  async linesOf(id: string, event: string, lane?: string): Promise<LogLine[]> {
    const group = (lane === undefined ? this : this.lane(lane)).outputs.WorkerLogGroup ?? '';
    return (await logLines(group)).filter((line) => line.job === id && line.event === event);
  }
}
