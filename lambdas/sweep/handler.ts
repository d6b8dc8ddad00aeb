import { createEndingService } from '../shared/jobs/ending-service';
import { readSweepEnv } from '../shared/jobs/job-env';
import { writeLine } from '../shared/telemetry/write-line';
import { repairJob } from './repair-job';
import { sweep } from './sweep';

const service = createEndingService(readSweepEnv(process.env), writeLine);

export const handler = () => sweep(service, repairJob);
