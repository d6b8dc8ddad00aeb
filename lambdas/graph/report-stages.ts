import {
  type GraphFailure,
  type GraphOutput,
  METRIC_DIMENSIONS,
  type ModelManifest,
  STAGE_DIMENSION,
  STAGE_METRICS,
  type StageSummary,
  type StepAnswer,
} from '../shared/contract';
import type { Measured, RequestLog } from '../shared/telemetry/request-log';
import { stepError } from './step-failure';

interface Reporter {
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
}

/** What each step did that ran, in the order in which they began. */
export function summaryOf({ steps }: GraphOutput): StageSummary[] {
  const ran = Object.entries(steps).flatMap(([name, answer]) => (answer?.startMs ? [stageOf(name, answer)] : []));
  return ran.sort((a, b) => a.startMs - b.startMs);
}

function stageOf(name: string, answer: StepAnswer): StageSummary {
  const { endMs, startMs } = answer;
  if ('response' in answer) {
    const { model, stages } = answer;
    const bytes = stages.reduce((sum, stage) => sum + stage.bytes, 0);
    return { name, status: 200, startMs, endMs, bytes, model: { name: model.name, version: model.version } };
  }
  const { code, message } = stepError(answer);
  const { status } = failureStatus(answer);
  return { name, status, startMs, endMs, bytes: 0, error: { code, message } };
}

function failureStatus(answer: StepAnswer): { readonly status: number } {
  // A step that ended without an answer has no status of its own.
  return answer.status === 0 ? { status: 503 } : answer;
}

/** Metrics and one line for each step. */
export function reportStages(stages: readonly StageSummary[], requestId: string, to: Reporter): void {
  for (const stage of stages) reportStage(stage, requestId, to);
}

/** Those of the step that failed an execution; what the steps before it did is gone with its state. */
export function reportFailure({ answer, stage }: GraphFailure, requestId: string, to: Reporter): void {
  if (answer) reportStage(stageOf(stage, answer), requestId, to);
}

function reportStage(summary: StageSummary, requestId: string, { log, manifest }: Reporter): void {
  const { bytes, endMs, error, model, name, startMs, status } = summary;
  const details = { model: manifest.name, stage: name, requestId, status, startMs, endMs, by: model?.name };
  const measured: Measured[] = [
    [STAGE_METRICS.latency, endMs - startMs],
    [STAGE_METRICS.bytes, bytes],
    [STAGE_METRICS.errors, status === 200 ? 0 : 1],
  ];
  log.event('stage', { ...details, code: error?.code }, measured, [...METRIC_DIMENSIONS, STAGE_DIMENSION]);
}
