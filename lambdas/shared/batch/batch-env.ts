import { BATCH_ENV, type BatchSettings, ENV } from '../contract';
import { type Environment, object, text } from '../env';

/** What every function of a batch is told by its environment variables. */
export interface BatchEnv {
  readonly service: string;
  readonly table: string;
  readonly inputBucket: string;
  readonly outputBucket: string;
  readonly settings: BatchSettings;
  readonly clientOptions: Readonly<Record<string, unknown>>;
  readonly modelDir: string;
  /** Names this execution environment in the log. */
  readonly environment: string;
}

export function readBatchEnv(env: Environment): BatchEnv {
  return {
    service: text(env, ENV.service),
    table: text(env, BATCH_ENV.table),
    inputBucket: text(env, BATCH_ENV.inputBucket),
    outputBucket: text(env, BATCH_ENV.outputBucket),
    settings: object(env, BATCH_ENV.settings) as unknown as BatchSettings,
    clientOptions: env[ENV.clientOptions] === undefined ? {} : object(env, ENV.clientOptions),
    modelDir: text(env, ENV.modelDir),
    environment: env.AWS_LAMBDA_LOG_STREAM_NAME ?? crypto.randomUUID(),
  };
}
