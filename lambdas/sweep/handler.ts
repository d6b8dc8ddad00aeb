import { createEndingService } from '../shared/jobs/ending-service';
import { readSweepEnv } from '../shared/jobs/job-env';
import { repairJob } from './repair-job';
import { sweep } from './sweep';

const service = createEndingService(readSweepEnv(process.env), (line) => process.stdout.write(line));

export const handler = () => sweep(service, repairJob);
