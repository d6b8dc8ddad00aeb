import { JOB_METRICS } from '../contract';
import { outputTensors } from '../predictor/exchange';
import { DATATYPE_INFO } from '../protocol/datatypes';
import { elementCount, type Tensor } from '../protocol/tensor';
import type { RequestLog } from '../telemetry/request-log';
import { describe } from './endings';
import type { Job } from './job';

/** Both stages of a job have answered: how far they agree, and how long each one took. */
export function logAgreement(job: Job, second: readonly Tensor[], log: RequestLog): void {
  const { acceptedAt, endedAt = acceptedAt, firstStage } = job;
  if (!firstStage) return;
  const first = firstStage.response ? outputTensors(firstStage.response, []) : [];
  const percent = agreement(first, second);
  const details = {
    firstModel: firstStage.model.name,
    firstVersion: firstStage.model.version,
    firstMs: firstStage.latencyMs,
    secondMs: endedAt - acceptedAt,
  };
  log.event(
    'stages_compared',
    { ...describe(job), ...details },
    percent === undefined ? [] : [[JOB_METRICS.agreement, percent]],
  );
}

/** Percent of the rows with the same answer; undefined where the stages have no output in common. */
export function agreement(first: readonly Tensor[], second: readonly Tensor[]): number | undefined {
  const pairs = first.flatMap((one) => {
    const other = second.find(({ name, shape }) => name === one.name && shape[0] === one.shape[0]);
    return other ? [[answersOf(one), answersOf(other)] as const] : [];
  });
  const rows = pairs[0]?.[0].length ?? 0;
  if (rows === 0) return undefined;
  let same = 0;
  for (let row = 0; row < rows; row++) {
    if (pairs.every(([one, other]) => one[row] === other[row])) same += 1;
  }
  return (100 * same) / rows;
}

/** What a row says: of scores the place of the highest one, of anything else the values. */
function answersOf({ data, datatype, shape }: Tensor): (number | string)[] {
  const rows = shape[0] ?? 0;
  const size = elementCount(shape.slice(1));
  return Array.from({ length: rows }, (_, row) => {
    const values = Array.from(data.slice(row * size, (row + 1) * size) as ArrayLike<number>);
    return DATATYPE_INFO[datatype].kind === 'float' && size > 1 ? values.indexOf(Math.max(...values)) : values.join();
  });
}
