import { cpus, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import type { CardFields } from '../../lib/model/card-fields';
import { MEASUREMENTS_FILE, type Measurements } from '../../lib/model/measurements';
import { Progress } from '../local/progress';
import { measureReport } from '../onnx/measure-report';
import { writeWhole } from '../onnx/model-folder';
import { readFolder } from '../onnx/read-folder';
import { runTask } from '../onnx/run-task';
import type { Measured } from '../onnx/task';
import type { CommandContext } from './context';
import { folderOfModel, type NamedModelOptions } from './folder-of-model';

/** Processes that want each core, this one included. */
const BUSY = 1.2;
/** Longer than any model that answers over HTTP needs for its rounds. */
const LIMIT_MS = 180_000;

/** Times a model on this machine and writes what came of it beside the model. */
export async function measure(context: CommandContext, model: string, options: NamedModelOptions): Promise<number> {
  const { cwd, env, signal, terminal, toolkit } = context;
  const folder = await folderOfModel(model, cwd, options);
  const { card, golden, modelFile, modelContent } = await readFolder(folder);
  const { inputs, outputs } = card;
  const measured = await new Progress(terminal).step(`${card.name} ${card.version} is measured`, ({ line }) =>
    runTask(
      { kind: 'measure', model: modelFile, inputs, outputs, golden },
      { toolkit, cwd, env, signal, limitMs: LIMIT_MS, onProgress: line },
    ),
  );
  const written = measurementsOf(card, modelContent.length, measured);
  await writeWhole(join(folder, MEASUREMENTS_FILE), `${JSON.stringify(written, null, 2)}\n`);
  terminal.out(measureReport(relative(cwd, join(folder, MEASUREMENTS_FILE)), written));
  return 0;
}

function measurementsOf({ name, version, sha256 }: CardFields, bytes: number, measured: Measured): Measurements {
  const { onnxRuntime, notes, ...times } = measured;
  const busy = Number(((loadavg()[0] ?? 0) / cpus().length).toFixed(1));
  return {
    schemaVersion: 1,
    note: 'Written by cdk-ml-serving measure, one thread, one run at a time. Ratios say more than times: the machine is not AWS.',
    model: { name, version, sha256, bytes },
    measuredOn: {
      date: new Date().toISOString().slice(0, 10),
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      architecture: process.arch,
      vcpus: 1,
      onnxRuntime,
      node: process.versions.node,
      processesPerCore: busy,
    },
    ...times,
    notes: busy > BUSY ? [...notes, 'The machine had other work: p95 and p99 are too high.'] : notes,
  };
}
