import { METRIC_DIMENSIONS, type ModelManifest, STAGE_DIMENSION, STAGE_METRICS, type StageSummary } from '../contract';
import type { Measured, RequestLog } from './request-log';

/** Who tells of its steps. */
export interface StageReporter {
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
}

/** One line for a step that ran, and its metrics. */
export function reportStage(summary: StageSummary, requestId: string, { log, manifest }: StageReporter): void {
  const { bytes, endMs, error, model, name, startMs, status } = summary;
  const details = { model: manifest.name, stage: name, requestId, status, startMs, endMs, by: model?.name };
  const measured: Measured[] = [
    [STAGE_METRICS.latency, endMs - startMs],
    [STAGE_METRICS.bytes, bytes],
    [STAGE_METRICS.errors, status === 200 ? 0 : 1],
  ];
  log.event('stage', { ...details, code: error?.code }, measured, [...METRIC_DIMENSIONS, STAGE_DIMENSION]);
}
