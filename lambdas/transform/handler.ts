import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { ENV } from '../shared/contract';
import { readAnsweringEnv } from '../shared/env';
import { lambdaCaller } from '../shared/predictor/call';
import { writeLine } from '../shared/telemetry/write-line';
import { answerTransform } from './answer-transform';
import { loadTransform } from './load-transform';

const env = readAnsweringEnv(process.env);
const predictor = process.env[ENV.predictor];

const composed = createComposed({ env, handlerDir: import.meta.dirname, write: writeLine }, (parts) =>
  answerTransform(
    parts,
    loadTransform(import.meta.dirname, env.modelDir),
    predictor ? lambdaCaller(predictor, env.clientOptions) : undefined,
  ),
);

export const handler = (event: unknown) => dispatch(event, composed);
