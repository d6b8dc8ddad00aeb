import { createBatchService } from '../shared/batch/batch-service';
import { writeLine } from '../shared/telemetry/write-line';
import { type PlanEvent, planRun } from './plan-run';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: writeLine,
});

export const handler = (event: PlanEvent) => planRun(event, service);
