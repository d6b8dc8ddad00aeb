import { ENV, type PayloadLogSettings } from './contract';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every function is told by its environment variables. */
export interface FunctionEnv {
  readonly service: string;
  /** Settings of AWS SDK clients, as the target of the deployment needs them. */
  readonly clientOptions: Readonly<Record<string, unknown>>;
  /** Names this execution environment in the log. */
  readonly environment: string;
}

export function readFunctionEnv(env: Environment): FunctionEnv {
  return {
    service: text(env, ENV.service),
    clientOptions: env[ENV.clientOptions] === undefined ? {} : object(env, ENV.clientOptions),
    environment: env.AWS_LAMBDA_LOG_STREAM_NAME ?? crypto.randomUUID(),
  };
}

/** Of a function that answers for a model. */
export interface AnsweringEnv extends FunctionEnv {
  readonly modelDir: string;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** Origin that browsers may call from. */
  readonly corsOrigin?: string;
  /** Where bodies lie that come, or go, by reference; none where nobody sends any. */
  readonly graphBucket?: string;
}

export function readAnsweringEnv(env: Environment): AnsweringEnv {
  return {
    ...readFunctionEnv(env),
    modelDir: text(env, ENV.modelDir),
    deadlineMs: positiveInteger(env, ENV.deadlineMs),
    maxBodyBytes: positiveInteger(env, ENV.maxBodyBytes),
    corsOrigin: env[ENV.corsOrigin],
    graphBucket: env[ENV.graphBucket],
  };
}

/** Of a function that runs a model. */
export interface PredictEnv extends AnsweringEnv {
  readonly modelBucket?: string;
  readonly modelKey?: string;
  readonly modelPointerKey?: string;
  readonly modelCheckMs: number;
  readonly memoryMb: number;
  /** Whether the environment was started ahead of its first request. */
  readonly provisioned: boolean;
  /** Which payloads are logged; none unless it is set. */
  readonly payloadLog?: PayloadLogSettings;
}

export function readPredictEnv(env: Environment): PredictEnv {
  return {
    ...readAnsweringEnv(env),
    modelBucket: env[ENV.modelBucket],
    modelKey: env[ENV.modelKey],
    modelPointerKey: env[ENV.modelPointerKey],
    modelCheckMs: positiveInteger(env, ENV.modelCheckMs, 60_000),
    memoryMb: positiveInteger(env, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 128),
    provisioned: env.AWS_LAMBDA_INITIALIZATION_TYPE === 'provisioned-concurrency',
    payloadLog:
      env[ENV.payloadLog] === undefined ? undefined : (object(env, ENV.payloadLog) as unknown as PayloadLogSettings),
  };
}

export function text(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`Environment variable ${name} is not set`);
  return value;
}

export function positiveInteger(env: Environment, name: string, whenAbsent?: number): number {
  if (env[name] === undefined && whenAbsent !== undefined) return whenAbsent;
  const value = Number(text(env, name));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`Environment variable ${name} must be a positive whole number, got "${env[name]}"`);
}

export function object(env: Environment, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text(env, name));
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`Environment variable ${name} must be a JSON object, got "${env[name]}"`);
}
