import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function answered to one event. */
export interface RuntimeAnswer {
  /** The answer as it came. */
  readonly body: string;
  /** Whether the handler threw; the body is then AWS Lambda's error object. */
  readonly failed: boolean;
  /** From handing the event over to having read the whole answer. */
  readonly ms: number;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly deadlineMs: number;
  startedMs: number;
  readonly resolve: (answer: RuntimeAnswer) => void;
  readonly reject: (error: Error) => void;
}

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:111111111111:function:predict:live';

/**
 * AWS Lambda's Runtime API for one environment: hands out events one by one and takes the answers.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  static async listen(): Promise<RuntimeApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RuntimeApi(server);
  }

  /** Resolves when the function asks for its first event: its init is over. */
  readonly ready: Promise<void>;
  #signalReady: () => void = () => {};
  #failInit: (error: Error) => void = () => {};
  #waiting?: ServerResponse;
  #invocation?: Invocation;
  #ended?: Error;

  private constructor(private readonly server: Server) {
    this.ready = new Promise((resolve, reject) => {
      this.#signalReady = resolve;
      this.#failInit = reject;
    });
    // Whoever waits gets the failure; when nobody does, it is no reason to end this process.
    this.ready.catch(() => {});
    server.on('request', (request, response) => this.#handle(request, response));
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Hands one event to the function. One at a time, as Lambda does. */
  invoke(event: string, timeoutMs: number): Promise<RuntimeAnswer> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#invocation) throw new Error('an environment takes one event at a time');
    return new Promise((resolve, reject) => {
      const deadlineMs = Date.now() + timeoutMs;
      this.#invocation = { id: randomUUID(), event, deadlineMs, startedMs: 0, resolve, reject };
      this.#handOver();
    });
  }

  /** The function is gone: nobody will answer any more. */
  end(error: Error): void {
    this.#ended = error;
    this.#failInit(error);
    this.#invocation?.reject(error);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const [, version, runtime, what, id, outcome] = (request.url ?? '').split('/');
    if (version !== '2018-06-01' || runtime !== 'runtime') {
      response.writeHead(404).end();
    } else if (request.method === 'GET' && id === 'next') {
      this.#waiting = response;
      this.#signalReady();
      this.#handOver();
    } else {
      this.#read(request, (body) => {
        response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}\n');
        if (what === 'init') this.end(new Error(`init failed: ${body}`));
        else this.#answer(id, body, outcome === 'error');
      });
    }
  }

  #handOver(): void {
    const response = this.#waiting;
    const invocation = this.#invocation;
    if (!response || !invocation) return;
    this.#waiting = undefined;
    invocation.startedMs = performance.now();
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(invocation.event),
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(invocation.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': FUNCTION_ARN,
      'Lambda-Runtime-Trace-Id': 'Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0',
    });
    response.end(invocation.event);
  }

  #read(request: IncomingMessage, then: (body: string) => void): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => then(Buffer.concat(chunks).toString()));
  }

  #answer(id: string | undefined, body: string, failed: boolean): void {
    const invocation = this.#invocation;
    if (!invocation || invocation.id !== id) return;
    this.#invocation = undefined;
    invocation.resolve({ body, failed, ms: performance.now() - invocation.startedMs });
  }
}
