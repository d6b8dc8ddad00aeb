import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { EVENT_METRICS, GRAPH_METRICS, METRICS } from '../../../lambdas/shared/contract';
import { RequestLog } from '../../../lambdas/shared/telemetry/request-log';
import { reportStage } from '../../../lambdas/shared/telemetry/stage-log';
import { MicroserviceHorizontal, MicroserviceVertical, Model, PreprocessPrediction, Transform } from '../../../lib';
import { emittedMetrics, neverEmitted, watchedBy } from '../observability/metrics';
import { newStack } from '../stack';

const model = (name: string) => Model.fromAsset(`models/${name}`);
const transform = () => Transform.fromAsset('examples/transforms/paper');

/** What the front of a service writes: a line for the request, one for each stage, and for what went wrong. */
function linesOf(service: string, name: string, stages: readonly string[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const log = new RequestLog({ service, environment: 'e', write: (line) => lines.push(JSON.parse(line)) });
  const of = { requestId: 'r', traceparent: 't' };
  log.record({ ...of, operation: 'infer', status: 200, latencyMs: 1, model: { name }, rows: 1, modelLatencyMs: 1 });
  for (const stage of stages) {
    const summary = { name: stage, status: 200, startMs: 1, endMs: 2, bytes: 3 };
    reportStage(summary, 'r', { log, manifest: { name } as never });
  }
  log.event('partial_answer', { model: name }, [[GRAPH_METRICS.partial, 1]]);
  log.event('pair_mismatch', { model: name }, [[EVENT_METRICS.pairMismatches, 1]]);
  return lines;
}

test('[X.5] [5.6] alarms and graphs of graphs look at what is written: names, dimensions and values', () => {
  const stack = newStack();
  const vertical = new MicroserviceVertical(stack, 'V', {
    serviceName: 'v',
    stages: [
      { name: 'locate', model: model('digits-locate') },
      { name: 'fast', model: model('digits-fast') },
    ],
  });
  const horizontal = new MicroserviceHorizontal(stack, 'H', {
    serviceName: 'h',
    models: [{ model: model('digits') }, { model: model('digits-fast') }],
  });
  const chain = new PreprocessPrediction(stack, 'C', {
    serviceName: 'c',
    transform: transform(),
    model: model('digits'),
  });
  const emitted = emittedMetrics([
    ...linesOf('v', vertical.modelName, vertical.graph.stages),
    ...linesOf('h', horizontal.modelName, horizontal.graph.stages),
    ...linesOf('c', chain.modelName, chain.predictor.preprocessor.stages),
    ...linesOf('c-predict', 'digits', []),
  ]);
  const watched = watchedBy(Template.fromStack(stack)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
  expect(watched.length).toBeGreaterThan(30);
  expect(neverEmitted(watched, emitted)).toEqual([]);
  expect(watched.map(({ name }) => name)).toEqual(
    expect.arrayContaining([METRICS.latency.name, 'StageBytes', 'PairMismatches']),
  );
});
