import { createBatchService } from '../shared/batch/batch-service';
import { type AssembleEvent, assembleRun } from './assemble-run';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: (line) => process.stdout.write(line),
});

export const handler = (event: AssembleEvent) => assembleRun(event, service);
