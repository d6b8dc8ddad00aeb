import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BatchClient } from '../batch/batch-client';
import { describeRun } from '../batch/describe-run';
import { placesOf } from '../batch/service-batch';
import type { DemoAnswer } from './demo-ask';
import type { DemoCase } from './demo-case';
import type { ServiceEndpoint } from './endpoints';
import { clientConfig, targetAt } from './target';

/** Rows beside a model that a batch of it is shown on. */
export const EXAMPLE_FILE = 'example.csv';

/** Longer than any run of the demo. */
const LIMIT_SECONDS = 120;

export interface BatchInput {
  readonly name: string;
  readonly content: Buffer;
  readonly rows: number;
}

/** The example of the model, or its first golden case as rows. */
export async function batchInput({ folder, inputs }: DemoCase): Promise<BatchInput> {
  const file = path.join(folder, EXAMPLE_FILE);
  if (existsSync(file)) {
    const content = await readFile(file);
    return { name: EXAMPLE_FILE, content, rows: content.toString().trimEnd().split('\n').length - 1 };
  }
  const row = Object.fromEntries(inputs.map(({ data = [], name }) => [name, data]));
  return { name: 'golden.jsonl', content: Buffer.from(`${JSON.stringify(row)}\n`), rows: 1 };
}

/** One run: a file in, a file out. The run has counted every row, and so is the file it has written. */
export async function runBatch(
  service: string,
  endpoint: ServiceEndpoint,
  endpointUrl: string,
  input: BatchInput,
): Promise<DemoAnswer> {
  const client = new BatchClient(placesOf({ ...endpoint, service }), clientConfig(targetAt(endpointUrl)));
  const name = `demo-${Date.now()}`;
  const source = await client.upload(`input/demo/${name}-${input.name}`, input.content);
  await client.start(name, { trigger: 'demand', source });
  const run = await client.ended(name, { seconds: LIMIT_SECONDS });
  if (run.state !== 'COMPLETED' || !run.manifestKey) return { answer: describeRun(run), ok: false };
  const { files } = JSON.parse((await client.read(run.manifestKey)).toString());
  const results = (await client.read(files[0].results[0])).toString().trimEnd().split('\n');
  const written = results.length - (files[0].format === 'csv' ? 1 : 0);
  const ok = written === input.rows && run.rowsDone === input.rows;
  return { answer: `${run.state}: ${run.rowsDone} rows, ${run.rowsFailed} bad, ${written} results`, ok };
}
