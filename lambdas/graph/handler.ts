import { dispatch } from '../composed/dispatch';
import { createComposed } from '../composed/service';
import { writeLine } from '../shared/telemetry/write-line';
import { answerGraph } from './answer-graph';
import { readGraphEnv } from './graph-env';
import { syncExecution } from './sync-execution';

const env = readGraphEnv(process.env);

const composed = createComposed({ env, handlerDir: import.meta.dirname, write: writeLine }, (parts) =>
  answerGraph(parts, syncExecution(env)),
);

export const handler = (event: unknown) => dispatch(event, composed);
