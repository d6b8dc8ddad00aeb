import type { AnswerQuestion } from '../composed/service';
import { CACHE_HEADERS } from '../shared/contract';
import { checkId } from '../shared/data/check-id';
import { stackRows } from '../shared/data/rows-of-data';
import { quote, ServingError } from '../shared/errors';
import type { Tensor } from '../shared/protocol/tensor';
import { fetchRows } from './fetch-rows';
import type { DataCache } from './service';

/** More would be a request that is no longer quick. */
const MOST_IDS = 1000;

/**
 * The client sends ids; the model gets what the store, or the cache, has of them. There is an inference each time: data
 * are cached, and no answers.
 */
export function answerForIds(service: DataCache): AnswerQuestion {
  return async (question) => {
    const { inference } = question;
    const ids = idsOf(inference.inputs[0]);
    const { fromCache, rows, stored } = await fetchRows([...new Set(ids)], question, service);
    try {
      const inputs = stackRows(rowsOf(ids, rows), service.env.data.inputs);
      const success = await service.ask({ ...question, inference: { ...inference, inputs } });
      const marks = { ...success.marks, [CACHE_HEADERS.dataCache]: `${fromCache}/${rows.size}` };
      return { ...success, marks };
    } finally {
      // What was read is in the cache before the answer, whatever that is: nothing runs afterwards.
      await stored;
    }
  };
}

/** A row for each id, in their order. */
function rowsOf(ids: readonly string[], rows: ReadonlyMap<string, readonly Tensor[]>): (readonly Tensor[])[] {
  return ids.map((id, at) => {
    const row = rows.get(id);
    if (row) return row;
    const message = `There are no data of id ${quote(id)}.`;
    throw new ServingError('NOT_FOUND', message, { field: `inputs[0].data[${at}]`, stage: 'data' });
  });
}

/** As texts, whatever they are in the request. */
function idsOf(tensor: Tensor | undefined): string[] {
  const ids = Array.from((tensor?.data ?? []) as ArrayLike<unknown>, (id) => `${id}`);
  if (ids.length > MOST_IDS) {
    const message = `a request is for at most ${MOST_IDS} ids, got ${ids.length}`;
    throw new ServingError('INVALID_REQUEST', message, { field: 'inputs[0].shape' });
  }
  return ids.map((id, at) => checkId(id, `inputs[0].data[${at}]`));
}
