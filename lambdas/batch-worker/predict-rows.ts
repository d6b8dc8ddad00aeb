import { predict } from '../predict/predict';
import { Failed, type PredictRequest } from '../predict/steps';
import { RowFiller } from '../shared/batch/cell-values';
import { type InputColumns, isStackable } from '../shared/batch/columns';
import { BadRow, type SourceRow } from '../shared/batch/source-rows';
import type { ModelIdentity, ModelManifest } from '../shared/contract';
import { asServingError } from '../shared/errors';
import { DATATYPE_INFO } from '../shared/protocol/datatypes';
import { elementCount, type Inference, type Tensor } from '../shared/protocol/tensor';
import type { ModelStore } from '../shared/session/model-store';

/** Rows that one run of the model answered. */
export interface PredictedRows {
  readonly rows: readonly SourceRow[];
  readonly outputs: readonly Tensor[];
  /** Instead of outputs, the answer to each row as it is. */
  readonly texts?: readonly string[];
  readonly model: ModelIdentity;
  readonly modelLatencyMs: number;
}

export interface RowModel {
  readonly models: ModelStore;
  readonly manifest: ModelManifest;
  /** Outputs that are wanted. */
  readonly outputs: readonly string[];
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/** What came of some rows: those that were answered, in their order, and those that cannot be. */
export interface Answered {
  readonly predicted: PredictedRows[];
  readonly bad: BadRow[];
}

/**
 * The four steps of every prediction with as many rows as there are in one run. What of them does not fit the card is left
 * out before; where the run fails, it is tried with each half, until the row is found that it fails for.
 *
 * @throws what is wrong with more than the rows: the model does not load, the time is over
 */
export async function predictRows(rows: readonly SourceRow[], model: RowModel): Promise<Answered> {
  const { good, bad, inference } = inferenceOf(rows, model);
  if (!inference) return { predicted: [], bad };
  const request: PredictRequest<undefined> = {
    expects: {},
    deadlineMs: model.deadlineMs,
    decode: () => inference,
    encode: () => undefined,
  };
  const [answer] = await predict([request], model.models);
  if (answer && !(answer instanceof Failed)) {
    const { modelLatencyMs, outputs } = answer;
    return { predicted: [{ rows: good, outputs, model: answer.model.identity, modelLatencyMs }], bad };
  }
  if (answer?.error.code !== 'INTERNAL') throw answer?.error ?? new Error('there was no answer');
  const [first] = good;
  if (good.length === 1 && first) {
    return { predicted: [], bad: [...bad, new BadRow(placeOf(first), answer.error, first.id)] };
  }
  const middle = Math.ceil(good.length / 2);
  const halves = [await predictRows(good.slice(0, middle), model), await predictRows(good.slice(middle), model)];
  return {
    predicted: halves.flatMap(({ predicted }) => predicted),
    bad: [...bad, ...halves.flatMap((half) => half.bad)],
  };
}

/** How many rows may be one run. */
export function rowsTogether(manifest: ModelManifest, rowsPerRun: number): number {
  return isStackable(manifest) ? rowsPerRun : 1;
}

function inferenceOf(rows: readonly SourceRow[], { manifest, outputs }: RowModel) {
  const sizes = manifest.inputs.map(({ shape }, index) => {
    const own = shape[0] === -1 ? shape.slice(1) : shape;
    return own.includes(-1) ? (rows[0]?.values[index]?.length ?? 0) : elementCount(own);
  });
  const data = manifest.inputs.map(({ datatype }, index) =>
    DATATYPE_INFO[datatype].allocate(rows.length * (sizes[index] as number)),
  );
  const fillers = manifest.inputs.map((spec, index) => {
    const input: InputColumns = { spec, columns: spec.features ?? [spec.name], size: sizes[index] as number };
    return new RowFiller(input, data[index] as never);
  });
  const good: SourceRow[] = [];
  const bad: BadRow[] = [];
  for (const row of rows) {
    try {
      for (let at = 0; at < fillers.length; at++) fillers[at]?.fill(good.length, row.values[at] ?? []);
      good.push(row);
    } catch (error) {
      bad.push(new BadRow(placeOf(row), asServingError(error), row.id));
    }
  }
  const inputs = manifest.inputs.map((spec, index): Tensor => {
    const whole = data[index] as NonNullable<(typeof data)[number]>;
    const used = good.length === rows.length ? whole : whole.slice(0, good.length * (sizes[index] as number));
    return {
      name: spec.name,
      datatype: spec.datatype,
      shape: shapeOf(spec.shape, good.length, sizes[index] as number),
      data: used,
    };
  });
  const inference: Inference | undefined = good.length > 0 ? { inputs, outputs, rows: good.length } : undefined;
  return { good, bad, inference };
}

/** The card's shape with what varies filled in: the rows, and (of a model whose rows run alone) one dimension of a row. */
function shapeOf(shape: readonly number[], rows: number, size: number): number[] {
  const fixed = shape.slice(shape[0] === -1 ? 1 : 0);
  const known = elementCount(fixed.filter((each) => each !== -1));
  const filled = fixed.map((each) => (each === -1 ? size / known : each));
  return shape[0] === -1 ? [rows, ...filled] : filled;
}

export function placeOf({ line, row }: SourceRow) {
  return { row, line };
}
