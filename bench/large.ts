import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MANIFEST_FILE, MODEL_DIR, MODEL_FILE, type ModelManifest, WEIGHTS_FILE } from '../lambdas/shared/contract';
import { modelFolder } from '../test/lib/large-model';
import { gatewayEvent } from '../test/runtime/events';
import { predictFunction } from '../test/runtime/function-folder';
import type { FunctionSettings } from '../test/runtime/lambda-function';
import { IMAGE, largeModel } from './large-model';
import { optimizedFunction } from './optimized';
import type { Result, Target } from './result';
import { interleave, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { fileOf, runSubject } from './subject';

const INPUT = ['image', ...IMAGE.map(String)];
const OPTIMIZED = 'ours, optimised for this CPU';

/** A convolutional model of 102 MB: process start to first prediction, with weights apart from the graph, without, and optimised. */
export async function large({ quick }: BenchOptions): Promise<Result> {
  const folder = modelFolder(
    largeModel(),
    'large',
    { name: 'image', shape: IMAGE.slice(1) },
    { name: 'scores', shape: [1000] },
  );
  const file = path.join(folder, MODEL_FILE);
  const ours = predictFunction(folder);
  const whole = inOneFile(ours, file);
  const optimized = await optimizedFunction(folder, { name: 'image', shape: IMAGE });
  const rounds = quick ? 2 : 9;

  const totals = await interleave(rounds, {
    'session of the file, no options': () => defaultSession(file, ours),
    'ours, model in one file': () => firstPrediction(whole),
    'ours, as deployed': () => firstPrediction(ours),
    ...(optimized && { [OPTIMIZED]: () => firstPrediction(optimized, '"optimized":"') }),
  });
  const apart = path.join(ours.folder, MODEL_DIR, MODEL_FILE);
  const sessions = await interleave(rounds, {
    'one file': () => session(file, 'all', ours),
    'weights apart': () => session(apart, 'all', ours),
    'one file, without layouts of the CPU': () => session(file, 'extended', ours),
    'weights apart, without layouts of the CPU': () => session(apart, 'extended', ours),
  });
  const median = (subject: string) => sampleOf(totals[subject] ?? []).median;
  const created = (subject: string) => sampleOf((sessions[subject] ?? []).map(([ms = 0]) => ms)).median;
  return {
    name: 'large',
    tables: [
      {
        title: '102 MB: process start to first prediction, no Lambda client (median ms)',
        columns: ['', 'total', 'min', 'max'],
        rows: Object.entries(totals).map(([subject, values]) => [subject, ...Object.values(sampleOf(values))]),
      },
      {
        title: '102 MB: the session alone (medians)',
        columns: ['', 'create ms', 'first run ms', 'peak MB'],
        rows: Object.entries(sessions).map(([subject, values]) => [
          subject,
          ...[0, 1, 2].map((column) => sampleOf(values.map((each) => each[column] ?? 0)).median),
        ]),
      },
    ],
    targets: [
      {
        what: '102 MB: first prediction, ours / default session',
        value: median('ours, as deployed') / median('session of the file, no options'),
        target: 0.5,
        unit: 'x',
      },
      ...(optimized ? [ofOptimized(median(OPTIMIZED) / median('session of the file, no options'))] : []),
      {
        what: '102 MB: first prediction, weights apart / in one file',
        value: median('ours, as deployed') / median('ours, model in one file'),
        target: 1,
        unit: 'x',
      },
      {
        what: '102 MB: session create, weights apart / in one file',
        value: created('weights apart') / created('one file'),
        target: 1,
        unit: 'x',
      },
      {
        what: '102 MB: session create without layouts of the CPU, weights apart / in one file',
        value: created('weights apart, without layouts of the CPU') / created('one file, without layouts of the CPU'),
        target: 0.5,
        unit: 'x',
      },
    ],
  };
}

function ofOptimized(value: number): Target {
  return { what: '102 MB: first prediction, ours optimised / default session', value, target: 0.5, unit: 'x' };
}

/** The same function as if the model had not been taken apart. */
function inOneFile(settings: FunctionSettings, file: string): FunctionSettings {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'whole-')), 'function');
  cpSync(settings.folder, folder, { recursive: true });
  const model = path.join(folder, MODEL_DIR);
  const manifest: ModelManifest = JSON.parse(readFileSync(path.join(model, MANIFEST_FILE), 'utf8'));
  writeFileSync(path.join(model, MANIFEST_FILE), JSON.stringify({ ...manifest, parts: undefined }));
  rmSync(path.join(model, WEIGHTS_FILE));
  cpSync(file, path.join(model, MODEL_FILE));
  return { ...settings, folder };
}

async function defaultSession(file: string, settings: FunctionSettings): Promise<number> {
  const { report, startedMs } = await runSubject('default-session', [file, ...INPUT], { settings });
  return ((report as number[]).at(-1) as number) - startedMs;
}

/** What is measured must have logged `mark`: with an artefact that fails the portable model would answer. */
async function firstPrediction(settings: FunctionSettings, mark = 'model_loaded'): Promise<number> {
  const subject = await runSubject('first-prediction', ['index.mjs', fileOf(zeros())], { settings });
  const { report, startedMs, stdout } = subject;
  if (!stdout.includes(mark)) throw new Error(`the function did not log ${mark}: ${stdout}`);
  return ((report as number[]).at(-1) as number) - startedMs;
}

async function session(file: string, level: string, settings: FunctionSettings): Promise<number[]> {
  return (await runSubject('portable-session', [file, level, ...INPUT], { settings })).report as number[];
}

/** Zeros, as bytes: what reading JSON takes is measured elsewhere. */
function zeros(): object {
  const bytes = Buffer.alloc(Float32Array.BYTES_PER_ELEMENT * IMAGE[1] * IMAGE[2] * IMAGE[3]);
  const x = { name: 'image', datatype: 'FP32', shape: IMAGE, parameters: { binary_data_size: bytes.length } };
  const json = Buffer.from(JSON.stringify({ inputs: [x] }));
  const made = gatewayEvent({
    method: 'POST',
    resource: '/v2/models/{model}/infer',
    parameters: { model: 'large' },
    body: Buffer.concat([json, bytes]),
    contentType: 'application/octet-stream',
  }) as { headers: Record<string, string>; multiValueHeaders: Record<string, string[]> };
  made.headers['Inference-Header-Content-Length'] = String(json.length);
  made.multiValueHeaders['Inference-Header-Content-Length'] = [String(json.length)];
  return made;
}
