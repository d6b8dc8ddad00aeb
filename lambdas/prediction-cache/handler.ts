import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { readPredictionCacheEnv } from '../shared/cache/cache-env';
import { lambdaCaller } from '../shared/predictor/call';
import { writeLine } from '../shared/telemetry/write-line';
import { answerCached } from './answer-cached';
import { revalidate } from './revalidate';
import { isRevalidation, type Revalidation } from './revalidation';
import { revalidationSender } from './send-revalidation';
import { createPredictionCache } from './service';

const env = readPredictionCacheEnv(process.env);
const calls = {
  callPredictor: lambdaCaller(env.predictor, env.clientOptions),
  sendRevalidation: revalidationSender(env),
};
let refresh: (message: Revalidation) => Promise<void>;
const composed = createComposed({ env, handlerDir: import.meta.dirname, write: writeLine }, (parts) => {
  const cache = createPredictionCache(parts, calls);
  refresh = (message) => revalidate(message, cache);
  return answerCached(cache);
});

export const handler = (event: unknown) => (isRevalidation(event) ? refresh(event) : dispatch(event, composed));
