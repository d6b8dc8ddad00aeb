import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { OPTIMIZED_DIR } from '../../lambdas/shared/contract';
import { ownCpu } from '../../lambdas/shared/session/cpu';
import type { ArtefactRecord } from '../../lib/model/artefacts';
import { sha256 } from '../../lib/model/sha256';
import { LocalRunError } from '../local/errors';
import { Progress } from '../local/progress';
import { StagedFolder } from '../onnx/model-folder';
import { gainOf, type Loads, loadsTable, optimizeReport } from '../onnx/optimize-report';
import { readFolder } from '../onnx/read-folder';
import { runTask, type TaskOptions } from '../onnx/run-task';
import type { CardTask, LoadTimes, Optimized } from '../onnx/task';
import type { CommandContext } from './context';
import { folderOfModel, type NamedModelOptions } from './folder-of-model';

export interface OptimizeOptions extends NamedModelOptions {
  readonly force?: boolean;
}

const ROUNDS = 3;
/** Three sessions of the model, and its golden cases twice. */
const LIMIT_MS = 300_000;
/** Of the machine; tests say another one. */
const PLATFORM = `${process.platform}-${process.arch}`;

/** Makes an artefact of a model for the CPU of this machine, beside the model. */
export async function optimize(
  { cwd, env, signal, terminal, toolkit }: CommandContext,
  model: string,
  options: OptimizeOptions,
  platform = PLATFORM,
): Promise<number> {
  const cpu = requireCpu(platform);
  const folder = await folderOfModel(model, cwd, options);
  const { card, golden, modelFile } = await readFolder(folder);
  const { inputs, outputs, name, version, sha256: modelSha256 } = card;
  const scratch = await mkdtemp(join(tmpdir(), 'optimize-'));
  const settings = { toolkit, cwd, env, signal };
  const progress = new Progress(terminal);
  try {
    const made = await progress.step(`${name} ${version} is optimised for ${cpu}, and passes its golden cases`, () =>
      runTask(
        { kind: 'optimize', model: modelFile, folder: scratch, inputs, outputs, golden },
        { ...settings, limitMs: LIMIT_MS },
      ),
    );
    const loads = await progress.step('Both are loaded, and answer once', () =>
      timeLoads(made, { inputs, outputs }, folder, settings),
    );
    const gain = gainOf(loads);
    terminal.out(`\n${loadsTable(loads, cpu, made.cases)}`);
    if (gain === undefined && !options.force) refuseUseless();
    const content = await readFile(made.artefact);
    const { onnxRuntime } = made;
    await write(join(folder, OPTIMIZED_DIR), content, { cpu, onnxRuntime, modelSha256, sha256: sha256(content) });
    const file = relative(cwd, join(folder, OPTIMIZED_DIR, cpu));
    terminal.out(optimizeReport({ file, bytes: content.length, gain, onnxRuntime }));
    return 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** They take turns, so that what else the machine does hits both alike; each time in a process that has loaded none. */
async function timeLoads(
  { shipped }: Optimized,
  card: Pick<CardTask, 'inputs' | 'outputs'>,
  goldenFolder: string,
  options: TaskOptions,
): Promise<Loads> {
  const loads: { portable: LoadTimes[]; optimized: LoadTimes[] } = { portable: [], optimized: [] };
  for (let round = 0; round < ROUNDS; round++) {
    loads.portable.push(await runTask({ kind: 'load', model: shipped.portable, ...card }, options));
    loads.optimized.push(await runTask({ kind: 'load', model: shipped.optimized, goldenFolder, ...card }, options));
  }
  return loads;
}

function refuseUseless(): never {
  throw new LocalRunError('A cold start on this CPU gains nothing by an artefact of this model. Nothing is written.', {
    hint:
      'It is for large models with many convolutions. Each cold start runs all golden cases: have few and small ones. ' +
      'To write it nevertheless: --force',
  });
}

function requireCpu(platform: string): string {
  if (platform !== 'linux-x64') {
    throw new LocalRunError(`An artefact is of the CPU that makes it, and this is ${platform}.`, {
      hint:
        "Run it on Linux on an x86_64 CPU like the functions'. Functions on arm64, the default, need none: there ONNX Runtime " +
        'has no layouts of its own, and the model as it ships loads as fast (docs/decisions/0004-weights-apart.md).',
    });
  }
  const cpu = ownCpu();
  if (cpu) return cpu;
  throw new LocalRunError('This CPU has none of the features that ONNX Runtime optimises for (AVX2, AVX-512).', {
    hint: "Run it on an x86_64 CPU like the functions'; all of Lambda's have AVX2.",
  });
}

async function write(
  folder: string,
  content: Buffer,
  artefact: Omit<ArtefactRecord, 'schemaVersion' | 'note'>,
): Promise<void> {
  const record: ArtefactRecord = {
    schemaVersion: 1,
    note: 'Written by cdk-ml-serving optimize. The artefact beside it is for this CPU and ONNX Runtime alone.',
    ...artefact,
  };
  const staged = await StagedFolder.create(folder);
  try {
    const { cpu } = artefact;
    await staged.write({ [`${cpu}.onnx`]: content, [`${cpu}.json`]: `${JSON.stringify(record, null, 2)}\n` });
    await staged.commit();
  } catch (error) {
    await staged.discard();
    throw error;
  }
}
