import { createBatchService } from '../shared/batch/batch-service';
import { type PlanEvent, planRun } from './plan-run';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: (line) => process.stdout.write(line),
});

export const handler = (event: PlanEvent) => planRun(event, service);
