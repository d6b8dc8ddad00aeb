import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { answerThrough } from './answer-through';
import { readBreakerEnv } from './breaker-env';

const composed = createComposed(
  {
    env: readBreakerEnv(process.env),
    handlerDir: import.meta.dirname,
    write: (line) => process.stdout.write(line),
  },
  answerThrough,
);

export const handler = (event: unknown) => dispatch(event, composed);
