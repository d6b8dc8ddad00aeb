import { formatTable } from '../local/table';
import type { Optimized } from './task';

/** What an artefact gains, and what comes next. */
export function optimizeReport(file: string, cpu: string, bytes: number, made: Optimized): string {
  const { cases, onnxRuntime, optimizedMs, portableMs } = made;
  const total = ({ create, firstRuns }: Optimized['portableMs']) => create + firstRuns;
  const row = (what: string, firstRuns: string, times: Optimized['portableMs']) => [
    what,
    rounded(times.create),
    `${rounded(times.firstRuns)} (${firstRuns})`,
    rounded(total(times)),
  ];
  const table = formatTable(
    [
      { title: 'model' },
      { title: 'session ms', align: 'right' },
      { title: 'first runs ms', align: 'right' },
      { title: 'together', align: 'right' },
    ],
    [
      row('portable, as it ships', 'warm-up', portableMs),
      row(`optimised for ${cpu}`, cases === 1 ? 'the golden case' : `${cases} golden cases`, optimizedMs),
    ],
  );
  const saved = total(portableMs) - total(optimizedMs);
  return [
    '',
    table,
    saved > 0
      ? `An environment with this CPU starts ${rounded(saved)} ms earlier.`
      : 'A start gains nothing by it, on this machine at least: delete it, or make the golden cases fewer and smaller.',
    `Written to ${file}.onnx (${(bytes / 1e6).toFixed(1)} MB) and ${file}.json, made by ONNX Runtime ${onnxRuntime}.`,
    'Commit both with the model and deploy: functions with "architecture: x86_64" take it where they find this CPU,',
    'and the portable model elsewhere. Other CPUs need artefacts of their own: run this on a machine with one.',
    '',
  ].join('\n');
}

/** Three digits: more would be noise. */
function rounded(ms: number): string {
  return String(Number(ms.toPrecision(3)));
}
