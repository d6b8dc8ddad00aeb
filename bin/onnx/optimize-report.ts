import { formatTable } from '../local/table';
import type { LoadTimes, Optimized } from './task';

/** Share of the time until the first answer. */
const WORTH = 0.05;

/** What both models took, each time that they were loaded. */
export interface Loads {
  readonly portable: readonly LoadTimes[];
  readonly optimized: readonly LoadTimes[];
}

/** Milliseconds that a cold start answers earlier; nothing where that is within what two starts differ by. */
export function gainOf({ portable, optimized }: Loads): number | undefined {
  const gain = total(portable) - total(optimized);
  return gain > WORTH * total(portable) ? gain : undefined;
}

/** Both models, by what takes the time. */
export function loadsTable({ portable, optimized }: Loads, cpu: string, cases: number): string {
  return formatTable(
    [
      { title: 'model' },
      { title: 'session ms', align: 'right' },
      { title: cases === 1 ? 'golden case ms' : `${cases} golden cases ms`, align: 'right' },
      { title: 'first answer ms', align: 'right' },
      { title: 'together', align: 'right' },
    ],
    [rowOf('portable, as it ships', portable), rowOf(`optimised for ${cpu}`, optimized)],
  );
}

export interface Written extends Pick<Optimized, 'onnxRuntime'> {
  /** The artefact, without its extension. */
  readonly file: string;
  readonly bytes: number;
  readonly gain?: number;
}

/** What was written, and what comes next. */
export function optimizeReport({ file, bytes, gain, onnxRuntime }: Written): string {
  return [
    gain === undefined
      ? 'A cold start gains nothing by it.'
      : `A cold start on this CPU answers about ${rounded(gain)} ms earlier.`,
    `Written to ${file}.onnx (${(bytes / 1e6).toFixed(1)} MB) and ${file}.json, made by ONNX Runtime ${onnxRuntime}.`,
    'Commit both with the model and deploy: functions with "architecture: x86_64" take it where they find this CPU,',
    'and the portable model elsewhere. Other CPUs need artefacts of their own: run this on a machine with one.',
    '',
  ].join('\n');
}

function rowOf(what: string, times: readonly LoadTimes[]): string[] {
  const check = median(times.map((each) => each.check));
  return [
    what,
    rounded(median(times.map(({ sessionCreate }) => sessionCreate))),
    check >= 0.1 ? rounded(check) : '-',
    rounded(median(times.map(({ firstAnswer }) => firstAnswer))),
    rounded(total(times)),
  ];
}

function total(times: readonly LoadTimes[]): number {
  return median(times.map(({ sessionCreate, check, firstAnswer }) => sessionCreate + check + firstAnswer));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Three digits: more would be noise. */
function rounded(ms: number): string {
  return String(Number(ms.toPrecision(3)));
}
