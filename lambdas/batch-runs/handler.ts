import { createBatchService } from '../shared/batch/batch-service';
import { writeLine } from '../shared/telemetry/write-line';
import { dispatch } from './dispatch';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: writeLine,
});

export const handler = (event: Parameters<typeof dispatch>[0]) => dispatch(event, service);
