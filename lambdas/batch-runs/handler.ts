import { createBatchService } from '../shared/batch/batch-service';
import { dispatch } from './dispatch';

const service = createBatchService({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: (line) => process.stdout.write(line),
});

export const handler = (event: Parameters<typeof dispatch>[0]) => dispatch(event, service);
