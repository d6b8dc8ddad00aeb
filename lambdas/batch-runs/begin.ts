import type { BatchTask } from '../shared/batch/batch-service';
import { announceEnd } from '../shared/batch/end-run';
import { RESUMABLE_STATES, type Run, type RunRequest, type RunState } from '../shared/contract';
import { asServingError, ServingError } from '../shared/errors';
import { runOf } from './run-of-request';
import { settleHolder } from './settle';

/** The first step of an execution. */
export interface BeginEvent {
  readonly begin: RunRequest;
  readonly execution: string;
  readonly stateMachine: string;
  readonly executionName: string;
  readonly startTime: string;
}

/** Whether the execution goes on, and with which run. */
export interface Begun {
  readonly proceed: boolean;
  readonly run: string;
  readonly attempt: number;
  readonly state: RunState;
}

/** Makes the trigger a run, and gives it the turn: by the overlap rule one that comes while another goes waits or is refused. */
export async function beginRun(event: BeginEvent, service: BatchTask): Promise<Begun> {
  const { begin: request } = event;
  const run = request.resume ? await runToResume(request, service) : await addRun(event, service);
  if (!run || (run.state === 'FAILED' && !request.resume)) return answer(run, false, event);
  if (await hasTurn(run, service)) return proceed(run, event, service);
  if (service.env.settings.overlap === 'queue') {
    await service.turns.wait(run.run);
    const waiting = await service.table.requeue(run.run, run.attempt);
    // The turn may have become free between the two looks.
    if (await hasTurn(run, service)) return proceed(waiting ?? run, event, service);
    service.log.event('run_queued', { model: run.modelName, run: run.run });
    return answer(waiting ?? run, false, event);
  }
  return refuse(run, request, service, event);
}

async function proceed(run: Run, { execution }: BeginEvent, service: BatchTask): Promise<Begun> {
  const begunAt = Date.now();
  const change = { execution, begunAt, deadlineAt: begunAt + service.env.settings.deadlineMs };
  // The second time of one execution: its first answer was lost.
  const attempt = run.execution === execution && run.state === 'PLANNING' ? run.attempt : run.attempt + 1;
  const begun = await service.table.begin(run.run, { ...change, attempt });
  if (!begun) return { proceed: false, run: run.run, attempt: run.attempt, state: run.state };
  const { from, to, source, trigger } = begun;
  service.log.event('run_begun', { model: run.modelName, run: run.run, attempt, trigger, from, to, source });
  return { proceed: true, run: run.run, attempt, state: begun.state };
}

async function hasTurn(run: Run, service: BatchTask): Promise<boolean> {
  if (await service.turns.take(run.run)) return true;
  const { holder } = await service.turns.read();
  // Whoever has it may have died without a word.
  if (holder !== undefined) await settleHolder(holder, service);
  return service.turns.take(run.run);
}

async function refuse(run: Run, request: RunRequest, service: BatchTask, event: BeginEvent): Promise<Begun> {
  const { holder } = await service.turns.read();
  const message = `the run ${holder ?? 'before'} is not over, and overlap says that another one is refused`;
  if (request.resume) return { ...answer(run, false, event), state: 'REFUSED' };
  const end = { state: 'REFUSED', endedAt: Date.now(), error: { code: 'CONFLICT', message } } as const;
  const refused = await service.table.end(run.run, run.attempt, end);
  if (refused) announceEnd(refused, service);
  return answer(refused ?? run, false, event);
}

async function runToResume({ run: name = '' }: RunRequest, service: BatchTask): Promise<Run> {
  const run = await service.table.run(name);
  if (!run) throw new ServingError('NOT_FOUND', `there is no run ${name}`);
  const states: readonly RunState[] = ['QUEUED', 'PLANNING', ...RESUMABLE_STATES];
  if (states.includes(run.state)) return run;
  throw new ServingError('CONFLICT', `the run ${name} is ${run.state}, and there is nothing to go on with`);
}

/** Undefined: there is a run of this name already, which another execution works on. */
async function addRun(event: BeginEvent, service: BatchTask): Promise<Run | undefined> {
  const { manifest, env } = service;
  const made = runOf(event, env.settings);
  const common = { ...made.run, attempt: 0, modelName: manifest.name, ttl: ttlOf(env.settings.retentionMs) };
  if (!made.error) {
    const run = { ...common, state: 'QUEUED' as const };
    const added = await service.table.add(run);
    const found = added ?? (await service.table.run(run.run));
    // An execution that says it twice has begun its run, or not yet.
    const own = found?.execution === event.execution || (found?.state === 'QUEUED' && found.execution === undefined);
    return own ? found : undefined;
  }
  const { code, message } = asServingError(made.error);
  const failed = await service.table.add({ ...common, state: 'FAILED', endedAt: Date.now(), error: { code, message } });
  if (failed) announceEnd(failed, service);
  return failed;
}

function ttlOf(retentionMs: number): number {
  return Math.ceil((Date.now() + retentionMs) / 1000);
}

function answer(run: Run | undefined, proceed: boolean, { executionName }: BeginEvent): Begun {
  return { proceed, run: run?.run ?? executionName, attempt: run?.attempt ?? 0, state: run?.state ?? 'REFUSED' };
}
