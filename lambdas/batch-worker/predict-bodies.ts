import { decode } from '../predict/decode';
import { encode } from '../predict/encode';
import { predictBody } from '../predict/predict-body';
import { resolveModel } from '../predict/resolve-model';
import { runStacked } from '../predict/run-stacked';
import { each, Failed, type Predicted, type PredictRequest } from '../predict/steps';
import { BadRow, type SourceRow } from '../shared/batch/source-rows';
import type { ServingError } from '../shared/errors';
import { bodyOf } from '../shared/http/request';
import type { Content } from '../shared/http/response';
import type { ModelStore } from '../shared/session/model-store';
import { type Answered, placeOf } from './predict-rows';

export interface BodyModel {
  readonly models: ModelStore;
  /** Most rows in one run of the model. */
  readonly rowsPerRun: number;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  /** What the request ids of rows begin with. */
  readonly run: string;
}

/**
 * Each row is what a client would send to `POST /predict`, and its result what the client would get: for models with hooks.
 * Those that fit together are one run.
 *
 * @throws what is wrong with more than the rows: the model does not load, the time is over, something a hook needs is down
 */
export async function predictBodies(rows: readonly SourceRow[], model: BodyModel): Promise<Answered> {
  const requests = rows.map((row) => requestOf(row, model));
  const resolved = await each(requests, (request) => resolveModel(request, model.models));
  const ran = await runStacked(await each(resolved, decode), model.rowsPerRun);
  const answers = await each(ran, encode);
  const bad: BadRow[] = [];
  const good: SourceRow[] = [];
  const predicted: Predicted<Content>[] = [];
  for (const [at, answer] of answers.entries()) {
    const row = rows[at] as SourceRow;
    if (!(answer instanceof Failed)) {
      good.push(row);
      predicted.push(answer);
    } else if (isOfRow(answer.error)) bad.push(new BadRow(placeOf(row), answer.error, row.id));
    else throw answer.error;
  }
  const [first] = predicted;
  if (!first) return { predicted: [], bad };
  const modelLatencyMs = predicted.reduce((sum, { modelLatencyMs: ms, stacked = 1 }) => sum + ms / stacked, 0);
  const texts = predicted.map(({ answer }) => answer.body);
  return { predicted: [{ rows: good, outputs: [], texts, model: first.model.identity, modelLatencyMs }], bad };
}

function requestOf({ body = '', row }: SourceRow, { deadlineMs, run }: BodyModel): PredictRequest<Content> {
  const json = bodyOf({ headers: {}, body, isBase64Encoded: false });
  return { expects: {}, deadlineMs, ...predictBody(json, { deadlineMs, requestId: `${run}-${row}` }) };
}

/** Another row may be right all the same. */
function isOfRow({ code, status }: ServingError): boolean {
  return code === 'INTERNAL' || (status < 500 && code !== 'UNSUPPORTED_MEDIA_TYPE');
}
