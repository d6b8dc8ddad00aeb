import type { AnswerQuestion, ComposedParts } from '../composed/service';
import { Breaker } from '../shared/breaker/breaker';
import { ConcurrencyLimit } from '../shared/breaker/concurrency-limit';
import { RowStore } from '../shared/breaker/row-store';
import { breakerTable } from '../shared/breaker/table-client';
import { LEASE_SPARE_MS } from '../shared/contract';
import { askPredictor } from '../shared/predictor/ask';
import { lambdaCaller } from '../shared/predictor/call';
import { answerGuarded } from './answer-guarded';
import type { BreakerEnv } from './breaker-env';
import { fallBackTo, reserveOf } from './fall-back';
import { LastResults } from './last-results';
import { Tally } from './tally';

/** The predictor behind a breaker whose state is in a table. */
export function answerThrough({ env, log, manifest }: ComposedParts<BreakerEnv>): AnswerQuestion {
  const { fallback, settings } = env;
  const tally = new Tally(log, manifest);
  const table = breakerTable(env.table, env.clientOptions, (cause) => tally.tableFailed(cause));
  const call = lambdaCaller(env.predictor, env.clientOptions);
  const lastResults = fallback.kind === 'last-result' ? new LastResults(table, manifest, fallback.maxAgeMs) : undefined;
  return answerGuarded({
    ask: async (question) => (await askPredictor(call, question, question.inference, manifest)).success,
    breaker: new Breaker({
      store: new RowStore(table),
      settings,
      tell: (event, details) => tally.breaker(event, details),
    }),
    limit: settings.maxConcurrency
      ? new ConcurrencyLimit(table, settings.maxConcurrency, settings.callMs + LEASE_SPARE_MS)
      : undefined,
    fallBack: fallBackTo({
      settings: fallback,
      manifest,
      call: (address) => lambdaCaller(address, env.clientOptions),
      lastResults,
    }),
    settings,
    reserveMs: reserveOf(fallback),
    keep: lastResults && ((question, success) => lastResults.keep(question, success)),
    tally,
  });
}
