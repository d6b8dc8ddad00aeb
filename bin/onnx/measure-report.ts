import type { Measurements } from '../../lib/model/measurements';
import { formatTable } from '../local/table';

/** What was found, as a table. */
export function measureReport(file: string, measurements: Measurements): string {
  const { batches, bestBatch, stackingGain, sessionCreateMs, peakMemoryBytes, measuredOn, notes } = measurements;
  const table = formatTable(
    [
      { title: 'rows a run', align: 'right' },
      { title: 'p50 ms/row', align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'rows/s', align: 'right' },
    ],
    batches.map(({ rows, perRowMs, rowsPerSecond }) =>
      [rows, perRowMs.p50, perRowMs.p95, perRowMs.p99, rowsPerSecond].map(String),
    ),
  );
  const stacking =
    bestBatch === 1
      ? 'Stacking rows gains too little.'
      : `Best batch: ${bestBatch} rows, ${stackingGain} times the rows/s.`;
  const memory = `${Math.ceil(peakMemoryBytes / 1024 / 1024)} MiB at its peak, Node and ONNX Runtime included`;
  return [
    '',
    table,
    `${stacking} Session created in ${sessionCreateMs} ms. ${memory}.`,
    `On one core of ${measuredOn.cpu}, ONNX Runtime ${measuredOn.onnxRuntime}, Node ${measuredOn.node}.`,
    ...notes,
    `Written to ${file}; commit it with the model.`,
    '',
  ].join('\n');
}
