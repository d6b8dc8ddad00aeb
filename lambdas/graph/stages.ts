import type { GraphFailure, GraphOutput, StageSummary, StepAnswer } from '../shared/contract';
import { reportStage, type StageReporter } from '../shared/telemetry/stage-log';
import { stepError } from './step-failure';

/** What each step did that ran, in the order in which they began. */
export function summaryOf({ steps }: Pick<GraphOutput, 'steps'>): StageSummary[] {
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
export function reportStages(stages: readonly StageSummary[], requestId: string, to: StageReporter): void {
  for (const stage of stages) reportStage(stage, requestId, to);
}

/** Those of the step that failed an execution; what the steps before it did is gone with its state. */
export function reportFailure({ answer, stage }: GraphFailure, requestId: string, to: StageReporter): void {
  if (answer) reportStage(stageOf(stage, answer), requestId, to);
}
