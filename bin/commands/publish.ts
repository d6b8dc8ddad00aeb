import { resolve } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { Progress } from '../local/progress';
import { clientConfig, targetAt } from '../local/target';
import { readFolder } from '../onnx/read-folder';
import { runTask } from '../onnx/run-task';
import { destinationOf } from '../publish/destination';
import { explainS3 } from '../publish/s3-faults';
import { upload } from '../publish/upload';
import type { CommandContext } from './context';

export interface PublishOptions {
  /** Name of the pointer under the prefix. */
  readonly pointer?: string;
  readonly endpoint?: string;
}

/** Releases a model to the functions that follow a pointer, once it answers its golden cases here. */
export async function publish(
  context: CommandContext,
  model: string,
  url: string,
  { pointer, endpoint }: PublishOptions,
): Promise<number> {
  const { cwd, env, signal, terminal, toolkit } = context;
  const progress = new Progress(terminal);
  const destination = destinationOf(url, pointer);
  const folder = await readFolder(resolve(cwd, model));
  const { card, golden, modelFile } = folder;
  await progress.step(`${card.name} ${card.version} is tested`, async ({ outcome }) => {
    const { inputs, outputs } = card;
    const task = { kind: 'check', model: modelFile, inputs, outputs, golden } as const;
    const { cases } = await runTask(task, { toolkit, cwd, env, signal });
    outcome(`${card.name} ${card.version} answers its golden cases (${cases})`);
  });
  const client = clientFor(endpoint, env);
  await progress.step(`Upload to ${url}`, async ({ outcome }) => {
    try {
      const keys = await upload(folder, destination, client);
      outcome(keys.length === 0 ? 'Nothing to upload: the bucket has these files' : `Uploaded: ${keys.join(', ')}`);
    } catch (error) {
      throw explainS3(error, destination);
    }
  });
  terminal.out(`s3://${destination.bucket}/${destination.pointerKey} names ${card.name} ${card.version}\n`);
  return 0;
}

/** An emulator, or AWS with the caller's credentials. */
function clientFor(asked: string | undefined, env: NodeJS.ProcessEnv): S3Client {
  const endpoint = asked ?? env.AWS_ENDPOINT_URL;
  if (endpoint) return new S3Client(clientConfig(targetAt(endpoint)));
  return new S3Client({ region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION });
}
