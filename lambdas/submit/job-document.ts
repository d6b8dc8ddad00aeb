import type { HttpRequest } from '../shared/http/answer';
import { baseUrlOf } from '../shared/http/base-url';
import { type Job, stateAt } from '../shared/jobs/job';
import { resultReference, resultText } from './result';
import type { Front } from './service';

export function jobUrl({ event }: HttpRequest, id: string): string {
  return `${baseUrlOf(event)}/v2/jobs/${id}`;
}

/** A job as its owner sees it. The result is part of it where it is JSON; otherwise there is a link to it. */
export async function jobDocument(request: HttpRequest, job: Job, front: Front): Promise<string> {
  const state = stateAt(job, front.table.now());
  const document = JSON.stringify({
    id: job.id,
    state,
    url: jobUrl(request, job.id),
    model_name: job.model?.name ?? front.manifest.name,
    model_version: job.model?.version,
    attempts: job.attempts,
    accepted_at: time(job.acceptedAt),
    started_at: time(job.startedAt),
    ended_at: time(job.endedAt),
    expires_at: time(state === job.state && job.endedAt ? job.ttl * 1000 : job.expiresAt),
    error: job.error && { code: job.error.code, message: job.error.message, field: job.error.field },
    first_stage: job.firstStage && { model: job.firstStage.model, response: job.firstStage.response },
  });
  if (state !== 'SUCCEEDED' || !job.output) return document;
  const text = await resultText(job.output, front);
  // The result is JSON text already; as text it is not parsed and written again.
  if (text !== undefined) return `${document.slice(0, -1)},"result":${text}}`;
  return `${document.slice(0, -1)},"result_ref":${JSON.stringify(await resultReference(job.output, front))}}`;
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
