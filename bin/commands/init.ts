import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { GOLDEN_FILE, MODEL_FILE } from '../../lambdas/shared/contract';
import { type CardFields, readCard } from '../../lib/model/card-fields';
import { LocalRunError } from '../local/errors';
import { Progress } from '../local/progress';
import { cardText } from '../onnx/card-text';
import { type InitOptions, type InitPlan, planInit } from '../onnx/init-plan';
import { initReport } from '../onnx/init-report';
import { type KeptCard, keptCard, versionOf } from '../onnx/kept-card';
import { type ModelFile, readModelFile } from '../onnx/model-file';
import { StagedFolder, writeWhole } from '../onnx/model-folder';
import { refusalsOf, sizeRefusals } from '../onnx/refusals';
import { runTask } from '../onnx/run-task';
import { runbookText } from '../onnx/runbook-text';
import type { Recording } from '../onnx/task';
import type { CommandContext } from './context';

/** An ONNX file becomes a model folder and an entry of serving.yaml. */
export async function init(context: CommandContext, file: string, options: InitOptions): Promise<number> {
  const { cwd, env, signal, terminal, toolkit } = context;
  const progress = new Progress(terminal);
  const source = resolve(cwd, file);
  const plan = await planInit(source, context, options);
  const found = await progress.step(`${basename(source)} is read and checked`, () =>
    checked(source, options.bucket !== undefined),
  );
  const staged = await StagedFolder.create(plan.folder);
  try {
    await staged.write({ [MODEL_FILE]: found.content });
    const recording = await progress.step('It runs, and its answers are recorded', async () =>
      runTask(
        {
          kind: 'record',
          model: join(staged.path, MODEL_FILE),
          inputs: found.model.inputs.map(({ name, shape }) => ({ name, shape })),
          requests: options.input === undefined ? undefined : await readFile(resolve(cwd, options.input), 'utf8'),
        },
        { toolkit, cwd, env, signal },
      ),
    );
    const kept = await keptCard(plan.folder, found, recording, options.version);
    await staged.write(await filesOf(plan, source, found, recording, options, kept));
    const text = plan.serving.with(plan.name, plan.entry);
    await staged.commit();
    if (text !== undefined) await writeWhole(plan.configFile, text);
    const here = (path: string) => relative(cwd, path) || '.';
    terminal.out(
      initReport({
        ...{ name: plan.name, pattern: plan.entry.pattern, recording, found },
        ...{ folder: here(plan.folder), configFile: here(plan.configFile), isNewEntry: text !== undefined },
        ...{ isGiven: options.input !== undefined, file, kept: kept?.card },
      }),
    );
    return 0;
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

async function checked(source: string, isLoaded: boolean): Promise<ModelFile> {
  const found = await readModelFile(source);
  const refusals = [...refusalsOf(found.model, source), ...(isLoaded ? [] : sizeRefusals(found.content.length))];
  if (refusals.length === 0) return found;
  throw new LocalRunError(`${source} cannot be served.`, {
    hint: refusals.map(({ reason, wayOut }) => `${reason}\n${wayOut}`).join('\n\n'),
  });
}

async function filesOf(
  { name, owner, folder }: InitPlan,
  source: string,
  { model, sha256 }: ModelFile,
  { inputs, outputs, golden }: Recording,
  { version, input }: InitOptions,
  kept: KeptCard | undefined,
): Promise<Record<string, string>> {
  const kind = input === undefined ? 'made-up inputs' : 'given inputs';
  const note = `What the model answered to ${kind} when it was added, not what is right. Put rows in whose answers are known.`;
  const files = { [GOLDEN_FILE]: goldenText(note, kept ? withOutputs(golden, kept.card) : golden) };
  const newCard = () =>
    cardText({
      ...{ name, owner, sha256, source: basename(source), model, inputs, outputs },
      version: version ?? versionOf(model) ?? '1.0.0',
    });
  const card = kept?.text ?? newCard();
  // It says what was written of names and texts that a model may hold anything in.
  readCard(card, 'model.yaml');
  return {
    ...files,
    'model.yaml': card,
    ...(existsSync(join(folder, 'RUNBOOK.md')) ? {} : { 'RUNBOOK.md': runbookText(name, owner) }),
  };
}

/** A card may leave outputs out. */
function withOutputs(golden: Recording['golden'], card: CardFields): Recording['golden'] {
  const listed = new Set(card.outputs.map(({ name }) => name));
  const cases = golden.cases.map((each) => ({ ...each, outputs: each.outputs.filter(({ name }) => listed.has(name)) }));
  return { ...golden, cases };
}

/** One line a case: pretty-printed, every number would have its own. */
function goldenText(note: string, { tolerance, cases }: Recording['golden']): string {
  const lines = cases.map((each) => `    ${JSON.stringify(each)}`).join(',\n');
  return `{\n  "note": ${JSON.stringify(note)},\n  "tolerance": ${tolerance},\n  "cases": [\n${lines}\n  ]\n}\n`;
}
