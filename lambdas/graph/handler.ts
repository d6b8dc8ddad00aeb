import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { answerGraph } from './answer-graph';
import { readGraphEnv } from './graph-env';
import { syncExecution } from './sync-execution';

const env = readGraphEnv(process.env);

const composed = createComposed(
  { env, handlerDir: import.meta.dirname, write: (line) => process.stdout.write(line) },
  (parts) => answerGraph(parts, syncExecution(env)),
);

export const handler = (event: unknown) => dispatch(event, composed);
