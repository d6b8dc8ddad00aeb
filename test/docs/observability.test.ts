import type { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { EVENT_METRICS, METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from '../../lambdas/shared/contract';
import { Model, ModelSource, Synchronous } from '../../lib';
import { INFER, predictFunction } from '../lambdas/function';
import { newStack } from '../lib/stack';
import { markdown } from './markdown';

const page = markdown.get('docs/observability.md') ?? '';

/** First and second cells of the table under a heading. */
function rowsUnder(heading: string): [string, string][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = [...section.matchAll(/^\| (`.+?) \| (.+?) \| .+ \|$/gm)];
  return rows.map(([, first = '', second = '']) => [first, second]);
}

const names = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);

test('the table of metrics has every metric with its unit, and no other', () => {
  const emitted = Object.values({ ...METRICS, ...EVENT_METRICS }).map(({ name, unit }) => [`\`${name}\``, unit]);
  expect(rowsUnder('Metrics')).toEqual(emitted);
  expect(page).toContain(`Namespace \`${METRIC_NAMESPACE}\`, dimensions \`${METRIC_DIMENSIONS.join('` and `')}\``);
});

test('the table of alarms has every alarm of a service, and no other', () => {
  const stack: Stack = newStack();
  const source = ModelSource.fromPointer(new Bucket(stack, 'Models'), 'models/current.json');
  const { monitoring } = new Synchronous(stack, 'Iris', { model: Model.fromDirectory('models/iris', source) });
  const documented = rowsUnder('Alarms').flatMap(([alarm]) => names(alarm));
  expect(documented.sort()).toEqual(Object.keys(monitoring.alarms).sort());
});

test('[X.5] the table of the log line has every field, and no other', async () => {
  const fn = predictFunction('iris');
  const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }];
  await fn.post(INFER, { inputs });
  await fn.post(INFER, { inputs: [] });
  const broken = predictFunction('corrupt');
  await broken.post(INFER, { inputs });
  const lines = [...fn.log, ...broken.log].filter(({ operation }) => operation);
  const metrics = Object.values(METRICS).map(({ name }) => name as string);
  const written = new Set(lines.flatMap((line) => Object.keys(line)).filter((field) => !metrics.includes(field)));
  const documented = rowsUnder('The log line').flatMap(([fields]) => names(fields));
  expect(documented.sort()).toEqual([...written].sort());
});
