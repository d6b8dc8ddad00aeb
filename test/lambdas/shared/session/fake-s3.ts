import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const BUCKET = 'models-bucket';

/** Answers a request instead of the store; false leaves it to the store. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content?: Buffer) => boolean;

export interface FakeS3 {
  /** By key. */
  readonly objects: Map<string, Buffer>;
  /** `GET key bytes=0-1` of every request, oldest first. */
  readonly requests: string[];
  /** Most requests that were being answered at once. */
  readonly busiest: () => number;
  fault?: Fault;
  /** Variables of a function that reads this store with the real AWS SDK. */
  readonly env: Readonly<Record<string, string>>;
  reset(): void;
  close(): void;
}

/** What the functions ask of S3: objects with ranges and conditions. */
export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  let busy = 0;
  let busiest = 0;
  const server = createServer((request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname).slice(`/${BUCKET}/`.length);
    requests.push(`${key} ${request.headers.range ?? ''}`.trim());
    busiest = Math.max(busiest, ++busy);
    response.on('close', () => busy--);
    const content = objects.get(key);
    if (!store.fault?.(request, response, content)) answer(request, response, content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const options = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const store: FakeS3 = {
    objects,
    requests,
    busiest: () => busiest,
    env: { SERVING_MODEL_BUCKET: BUCKET, SERVING_CLIENT_OPTIONS: JSON.stringify(options) },
    reset() {
      objects.clear();
      requests.length = 0;
      busiest = 0;
      store.fault = undefined;
    },
    close: () => server.close().closeAllConnections(),
  };
  return store;
}

export function etagOf(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

export function error(response: ServerResponse, status: number, code: string): true {
  response.writeHead(status).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  return true;
}

function answer({ headers }: IncomingMessage, response: ServerResponse, content?: Buffer): void {
  if (!content) return void error(response, 404, 'NoSuchKey');
  const etag = etagOf(content);
  if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  if (headers['if-match'] && headers['if-match'] !== etag) return void error(response, 412, 'PreconditionFailed');
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (first === undefined) return void response.writeHead(200, { etag }).end(content);
  if (Number(first) >= content.length) return void error(response, 416, 'InvalidRange');
  const part = content.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`;
  response.writeHead(206, { etag, 'content-range': range, 'content-length': part.length }).end(part);
}
