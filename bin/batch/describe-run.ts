import type { Run } from '../../lambdas/shared/contract';

/** A run in one line: how far it is, or what came of it. */
export function describeRun(run: Run): string {
  const { attempt, chunksDone, chunksTotal, error, rowsFailed, run: name, state } = run;
  const parts = [
    `${name}: ${state}`,
    rowsText(run),
    ...(rowsFailed > 0 ? [`${rowsFailed} bad`] : []),
    ...(chunksTotal === undefined ? [] : [`${chunksDone} of ${chunksTotal} mini-jobs`]),
    ...(attempt > 1 ? [`begun ${attempt} times`] : []),
  ];
  return `${parts.join(', ')}${error ? `: ${error.message}` : ''}`;
}

function rowsText({ rowsDone, rowsEstimated, rowsTotal }: Run): string {
  if (rowsTotal === undefined) return `${rowsDone} rows`;
  return `${rowsDone} of ${rowsEstimated ? `about ${rowsTotal}` : rowsTotal} rows`;
}
