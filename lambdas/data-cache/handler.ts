import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { readDataCacheEnv } from '../shared/data/data-env';
import { lambdaCaller } from '../shared/predictor/call';
import { writeLine } from '../shared/telemetry/write-line';
import { answerForIds } from './answer-for-ids';
import { createDataCache } from './service';

const env = readDataCacheEnv(process.env);
const handlerDir = import.meta.dirname;
const callPredictor = lambdaCaller(env.predictor, env.clientOptions);
const composed = createComposed({ env, handlerDir, write: writeLine }, (parts) =>
  answerForIds(createDataCache(parts, handlerDir, callPredictor)),
);

export const handler = (event: unknown) => dispatch(event, composed);
