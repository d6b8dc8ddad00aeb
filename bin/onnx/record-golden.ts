import type { InputSpec, OutputSpec } from '../../lambdas/shared/contract';
import { ServingError } from '../../lambdas/shared/errors';
import { decodeInfer } from '../../lambdas/shared/protocol/infer';
import { parseJson } from '../../lambdas/shared/protocol/json-text';
import { decodeRows } from '../../lambdas/shared/protocol/rows';
import { elementCount, type Tensor } from '../../lambdas/shared/protocol/tensor';
import { checkGolden } from '../../lambdas/shared/session/golden';
import type { Session } from '../../lambdas/shared/session/session';
import { type Case, goldenOf, magnitudes, wireOf } from './golden-file';
import { manifestOf, onnxRuntimeVersion, openModel, specOf } from './open-model';
import { type Guess, guesses, plausibleInputs } from './plausible-inputs';
import { ModelRefused, type Recording, type RecordTask } from './task';

const ROWS = 3;
/** Above so many values a second case would only be a large file. */
const MANY_VALUES = 100_000;
/** Runs a model and records what it answers, as the golden cases of its first release. */
export async function recordGolden({ model, inputs: declared, requests }: RecordTask): Promise<Recording> {
  const session = await openModel(model);
  const notes: string[] = [];
  let inputs: readonly InputSpec[] = session.inputs.map((tensor) => specOf('input', tensor));
  let cases: readonly Case[];
  if (requests === undefined) {
    const guess = await acceptedGuess(session, inputs, declared);
    const one = await record(session, 'made-up input', plausibleInputs(inputs, declared, 1, guess));
    const more = await recordRows(session, inputs, (rows) => plausibleInputs(inputs, declared, rows, guess));
    if (more instanceof Error) {
      notes.push(`It ran with one row but not with ${ROWS}, so its card takes one a request: ${firstLine(more)}`);
      inputs = inputs.map(withOneRow);
    }
    cases = more && !(more instanceof Error) ? [one, more] : [one];
  } else {
    cases = await recordRequests(session, inputs, requests);
  }
  const steady = await steadyOutputs(session, cases);
  notes.push(...notesOf(cases, steady));
  const outputs = session.outputs.map((tensor) => outputSpec(tensor, cases[0] as Case));
  const golden = goldenOf(cases, steady);
  await checkGolden(session, manifestOf(inputs, outputs), golden);
  return { inputs, outputs, golden, notes, onnxRuntime: onnxRuntimeVersion() };
}

async function run(session: Session, inputs: readonly Tensor[]): Promise<Tensor[]> {
  return session.run(
    inputs,
    session.outputs.map(({ name }) => name),
  );
}

async function record(session: Session, name: string, inputs: readonly Tensor[]): Promise<Case> {
  return { name, inputs, outputs: await run(session, inputs) };
}

async function acceptedGuess(
  session: Session,
  inputs: readonly InputSpec[],
  declared: RecordTask['inputs'],
): Promise<Guess> {
  let problem: unknown;
  for (const guess of guesses(inputs)) {
    try {
      await run(session, plausibleInputs(inputs, declared, 1, guess));
      return guess;
    } catch (error) {
      problem ??= error;
    }
  }
  throw new ModelRefused(
    `It loads, but none of the made-up inputs ran. The first failed with: ${firstLine(problem)}`,
    'Give it inputs that it takes: --input FILE, with the JSON of a request: {"instances": [...]} or {"inputs": [...]}.',
  );
}

/** A case of several rows, where the model says that it takes them; what it throws where it does not. */
async function recordRows(
  session: Session,
  specs: readonly InputSpec[],
  make: (rows: number) => readonly Tensor[],
): Promise<Case | Error | undefined> {
  if (!specs.some(({ shape }) => shape[0] === -1)) return undefined;
  const inputs = make(ROWS);
  try {
    const recorded = await record(session, `${ROWS} made-up rows`, inputs);
    return countOf(recorded) > MANY_VALUES ? undefined : recorded;
  } catch (error) {
    return error as Error;
  }
}

function withOneRow(spec: InputSpec): InputSpec {
  return { ...spec, shape: spec.shape.map((size, at) => (at === 0 && size === -1 ? 1 : size)) };
}

async function recordRequests(session: Session, inputs: readonly InputSpec[], json: string): Promise<Case[]> {
  const manifest = manifestOf(
    inputs,
    session.outputs.map((tensor) => specOf('output', tensor)),
  );
  const body = explained(() => parseJson(json, true));
  const [values, exact] = [body.value, body.exact].map((each) => (Array.isArray(each) ? each : [each]));
  const cases: Case[] = [];
  for (const [at, value] of (values ?? []).entries()) {
    const decode = Object.hasOwn(Object(value), 'instances') ? decodeRows : decodeInfer;
    const inference = explained(() => decode({ value, exact: exact?.[at] }, manifest));
    cases.push(await record(session, `given input ${at + 1}`, inference.inputs));
  }
  if (cases.length === 0) throw new ModelRefused('The given inputs are an empty list.');
  return cases;
}

/** What a function would answer to such a request. */
function explained<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    const { field, message } = error;
    throw new ModelRefused(`The given input is not one of this model: ${field ? `${field}: ` : ''}${message}`);
  }
}

/** Names of the outputs that are the same when a case is run again. Others cannot be recorded. */
async function steadyOutputs(session: Session, cases: readonly Case[]): Promise<readonly string[]> {
  const steady = new Set(session.outputs.map(({ name }) => name));
  for (const { inputs, outputs } of cases) {
    for (const [at, again] of (await run(session, inputs)).entries()) {
      const before = outputs[at];
      if (!before || JSON.stringify(wireOf(before)) !== JSON.stringify(wireOf(again))) steady.delete(again.name);
    }
  }
  if (steady.size > 0) return [...steady];
  throw new ModelRefused(
    'It answers the same input in another way each time, so no release of it can be tested.',
    'Give its random operators a seed, or export it for inference (PyTorch: model.eval()).',
  );
}

function notesOf(cases: readonly Case[], steady: readonly string[]): string[] {
  const outputs = cases[0]?.outputs ?? [];
  const notes = outputs
    .filter(({ name }) => !steady.includes(name))
    .map(({ name }) => `Output ${JSON.stringify(name)} differs from run to run and is left out of the golden cases.`);
  const notFinite = cases
    .flatMap((each) => each.outputs)
    .filter((tensor) => !magnitudes(tensor).every(Number.isFinite));
  if (notFinite.length > 0) {
    const names = [...new Set(notFinite.map(({ name }) => JSON.stringify(name)))].join(', ');
    notes.push(`It answers with NaN or infinity in ${names}; see whether its inputs were meant like that.`);
  }
  return notes;
}

/** The card of an output must not promise more than the model declares; where it declares nothing, what was seen. */
function outputSpec(tensor: Session['outputs'][number], { outputs }: Case): OutputSpec {
  const spec = specOf('output', tensor);
  const rank = outputs.find(({ name }) => name === tensor.name)?.shape.length ?? 0;
  return spec.shape.length > 0 || rank === 0 ? spec : { ...spec, shape: Array<number>(rank).fill(-1) };
}

function countOf({ inputs, outputs }: Case): number {
  return [...inputs, ...outputs].reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';
}
