import { copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { dispatch } from '../../lambdas/predict/dispatch';
import { createService, type Service } from '../../lambdas/predict/service';
import { ENV, HOOKS, type HookName, type ModelManifest } from '../../lambdas/shared/contract';
import { createOnnxSession } from '../../lambdas/shared/session/onnxruntime';
import type { CreateSession } from '../../lambdas/shared/session/session';
import { manifestOf, modelFolder } from './manifest';

/** Long enough for a slow machine: what is to be late is received that much earlier, or has a deadline of its own. */
export const DEADLINE_MS = 60_000;

export interface TestFunction {
  readonly service: Service;
  /** Folder of manifest, model and golden cases, as in the function's code. */
  readonly modelDir: string;
  /** Parsed log lines, oldest first. */
  readonly log: Record<string, unknown>[];
  /** How often the model ran since the function was made. */
  readonly runs: () => number;
  invoke(event: unknown): Promise<unknown>;
  get(resource: string, parameters?: Record<string, string>): Promise<Answer>;
  post(resource: string, body: unknown, options?: PostOptions): Promise<Answer>;
}

export interface PostOptions {
  readonly parameters?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly receivedMs?: number;
}

export interface Answer extends APIGatewayProxyResult {
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

export interface FunctionOptions {
  readonly manifest?: Partial<ModelManifest>;
  readonly env?: Record<string, string>;
  readonly createSession?: CreateSession;
  /** Modules of hooks, as text. */
  readonly hooks?: Partial<Record<HookName, string>>;
}

/** A predict function as AWS Lambda would hold it: the same files and environment, and its real model. */
export function predictFunction(name: string, options: FunctionOptions = {}): TestFunction {
  const modelDir = mkdtempSync(join(tmpdir(), 'predict-function-'));
  const hooks = HOOKS.filter((hook) => options.hooks?.[hook] !== undefined);
  const manifest = manifestOf(name, { ...(hooks.length > 0 && { hooks }), ...options.manifest });
  writeFileSync(join(modelDir, 'manifest.json'), JSON.stringify(manifest));
  for (const hook of hooks) {
    mkdirSync(join(modelDir, hook));
    writeFileSync(join(modelDir, hook, 'index.mjs'), options.hooks?.[hook] ?? '');
  }
  for (const file of ['model.onnx', 'golden.json']) {
    const source = join(modelFolder(name), file);
    if (existsSync(source)) copyFileSync(source, join(modelDir, file));
  }
  const log: Record<string, unknown>[] = [];
  let runs = 0;
  const service = createService({
    env: {
      [ENV.service]: 'test-service',
      [ENV.modelDir]: modelDir,
      [ENV.deadlineMs]: `${DEADLINE_MS}`,
      [ENV.maxBodyBytes]: '1000000',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[1]abc',
      ...options.env,
    },
    handlerDir: '/',
    createSession: async (...args) => {
      const session = await (options.createSession ?? createOnnxSession)(...args);
      return {
        ...session,
        run: (...run) => {
          runs++;
          return session.run(...run);
        },
      };
    },
    write: (line) => log.push(JSON.parse(line)),
  });
  const http = async (event: object) => {
    const result = (await dispatch(event, service)) as APIGatewayProxyResult;
    return { ...result, json: JSON.parse(result.body) } as Answer;
  };
  return {
    service,
    modelDir,
    log,
    runs: () => Math.max(runs, 0),
    invoke: (event) => dispatch(event, service),
    get: (resource, parameters) => http(gatewayEvent('GET', resource, { parameters })),
    post: (resource, body, post) => http(gatewayEvent('POST', resource, { ...post, body })),
  };
}

/** An event as API Gateway's REST proxy integration makes it; a Buffer is a body it hands over as base64. */
export function gatewayEvent(method: string, resource: string, options: PostOptions & { body?: unknown } = {}): object {
  const { body, headers, parameters, receivedMs } = options;
  const binary = Buffer.isBuffer(body);
  const text = typeof body === 'string' || body === undefined ? (body ?? null) : JSON.stringify(body);
  return {
    httpMethod: method,
    resource,
    path: resource,
    pathParameters: parameters ?? null,
    headers: { Host: 'example.com', 'Content-Type': 'application/json', ...headers },
    body: binary ? body.toString('base64') : text,
    isBase64Encoded: binary,
    requestContext: { requestId: 'gateway-request-1', requestTimeEpoch: receivedMs ?? Date.now() },
  };
}

export const INFER = '/v2/models/{model}/infer';
