import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Job } from '../lambdas/shared/jobs/job';

type Item = Record<string, unknown>;

interface Update {
  readonly Key: { readonly id: { readonly S: string } };
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Item;
}

/** As much of DynamoDB and S3 as a worker talks to, in this process: its time is not the worker's. Nothing is refused. */
export class JobAws {
  static async listen(body: Buffer): Promise<JobAws> {
    // Connections stay open while other subjects have their turn.
    const server = createServer({ keepAliveTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new JobAws(server, body);
  }

  readonly #items = new Map<string, Item>();

  private constructor(
    private readonly server: Server,
    private readonly body: Buffer,
  ) {
    server.on('request', (request, response) => this.#answer(request, response));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(job: Job): void {
    this.#items.set(job.id, marshall(job));
  }

  /** Removes a job; the state it was in. */
  take(id: string): string | undefined {
    const state = this.#items.get(id)?.state as { readonly S: string } | undefined;
    this.#items.delete(id);
    return state?.S;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await buffer(request);
    if (request.method === 'GET') return void response.end(this.body);
    if (request.method === 'PUT') return void response.end();
    // A message that goes back to the queue: the benchmark finds its job unanswered.
    if (!`${request.headers['x-amz-target']}`.endsWith('.UpdateItem')) return void response.writeHead(501).end();
    const update: Update = JSON.parse(sent.toString());
    const id = update.Key.id.S;
    const item = updated(this.#items.get(id) ?? {}, update);
    this.#items.set(id, item);
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ Attributes: item }));
  }
}

function updated(before: Item, update: Update): Item {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values, UpdateExpression } = update;
  const nameOf = (placeholder: string) => names[placeholder] as string;
  const item = { ...before };
  for (const [, name = '', value = ''] of UpdateExpression.matchAll(/(#\w+) = (:\w+)/g))
    item[nameOf(name)] = values[value];
  const removed = / ?REMOVE (.*?)(?: ADD .*)?$/.exec(UpdateExpression)?.[1];
  for (const name of removed?.split(', ') ?? []) delete item[nameOf(name)];
  for (const [, name = '', value = ''] of UpdateExpression.matchAll(/ADD (#\w+) (:\w+)/g)) {
    const number = (content: unknown) => Number((content as { readonly N: string } | undefined)?.N ?? 0);
    item[nameOf(name)] = { N: `${number(before[nameOf(name)]) + number(values[value])}` };
  }
  return item;
}
