import { quote, ServingError } from '../shared/errors';
import type { HttpRequest } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { pathParameter } from '../shared/http/request';
import type { Job } from '../shared/jobs/job';
import { isJobId, ownerOf } from '../shared/jobs/job-id';
import type { Front } from './service';

/** The job that a path names, of the caller. To others it does not exist. */
export async function ownJob({ event }: HttpRequest, { table }: Front): Promise<Job> {
  const id = pathParameter(event, 'job');
  const job = isJobId(id) ? await table.get(id) : undefined;
  if (job?.owner !== ownerOf(principalOf(event))) {
    throw new ServingError('NOT_FOUND', `there is no job ${quote(id)}`);
  }
  if (job.ttl * 1000 > table.now()) return job;
  throw new ServingError('GONE', `the job ${quote(id)} was kept until ${new Date(job.ttl * 1000).toISOString()}`);
}
