import { createBatchService } from '../shared/batch/batch-service';
import { writeLine } from '../shared/telemetry/write-line';
import { type AssembleEvent, assembleRun } from './assemble-run';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: writeLine,
});

export const handler = (event: AssembleEvent) => assembleRun(event, service);
