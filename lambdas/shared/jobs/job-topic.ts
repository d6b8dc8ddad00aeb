import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Job } from './job';
import { type History, messageOf } from './job-queue';

/** SNS: one message of a job becomes one in the queue of each model; a model that it is not for takes it and does nothing. */
export class JobTopic {
  readonly #client: SNSClient;

  constructor(
    private readonly topicArn: string,
    clientOptions: Readonly<Record<string, unknown>>,
  ) {
    const requestHandler = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };
    this.#client = new SNSClient({ maxAttempts: 3, requestHandler, ...clientOptions });
  }

  async publish(job: Job, history?: History, stages?: readonly string[]): Promise<void> {
    const Message = messageOf(job, history, stages);
    await this.#client.send(new PublishCommand({ TopicArn: this.topicArn, Message }));
  }
}
