import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { writeLine } from '../shared/telemetry/write-line';
import { answerThrough } from './answer-through';
import { readBreakerEnv } from './breaker-env';

const composed = createComposed(
  {
    env: readBreakerEnv(process.env),
    handlerDir: import.meta.dirname,
    write: writeLine,
  },
  answerThrough,
);

export const handler = (event: unknown) => dispatch(event, composed);
