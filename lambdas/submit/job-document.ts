import type { JobState } from '../shared/contract';
import type { HttpRequest } from '../shared/http/answer';
import { baseUrlOf } from '../shared/http/base-url';
import { type Job, stateAt } from '../shared/jobs/job';
import { memberStateAt } from '../shared/jobs/members';
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
    attempts: job.members ? undefined : job.attempts,
    accepted_at: time(job.acceptedAt),
    started_at: time(startOf(job)),
    ended_at: time(job.endedAt),
    expires_at: time(state === job.state && job.endedAt ? job.ttl * 1000 : job.expiresAt),
    error: errorOf(job),
    first_stage: job.firstStage && { model: job.firstStage.model, response: job.firstStage.response },
    models: job.members && (await modelsOf(job, state, front)),
  });
  if (state !== 'SUCCEEDED' || !job.output) return document;
  const text = await resultText(job.output, front);
  // The result is JSON text already; as text it is not parsed and written again.
  if (text !== undefined) return `${document.slice(0, -1)},"result":${text}}`;
  return `${document.slice(0, -1)},"result_ref":${JSON.stringify(await resultReference(job.output, front))}}`;
}

/** What became of each model, with its answer as soon as there is one. */
async function modelsOf({ members = {} }: Job, whole: JobState, front: Front): Promise<Record<string, unknown>> {
  const entries = Object.entries(members).map(async ([name, member]) => {
    const { attempts, model, output } = member;
    return [
      name,
      {
        state: memberStateAt(member, whole),
        model,
        attempts,
        started_at: time(member.startedAt),
        ended_at: time(member.endedAt),
        error: errorOf(member),
        // It is in the row, so it is small.
        response: output?.inline && JSON.parse(Buffer.from(output.inline).toString('utf8')),
        response_ref: output?.ref && (await resultReference(output, front)),
      },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Where several models answer it, when the first of them began. */
function startOf({ members, startedAt }: Job): number | undefined {
  const starts = Object.values(members ?? {}).flatMap((member) => member.startedAt ?? []);
  return startedAt ?? (starts.length > 0 ? Math.min(...starts) : undefined);
}

function errorOf({ error }: Pick<Job, 'error'>) {
  return error && { code: error.code, message: error.message, field: error.field, stage: error.stage };
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
