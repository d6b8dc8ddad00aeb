import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { WORKER_NODE_OPTIONS } from '../lib/batch/batch-worker';
import { pythonProgram } from './python-function';
import type { Result } from './result';
import { interleave, sampleOf } from './rounds';
import type { BenchOptions } from './run';
import { modelNamed, ONE_CORE, runSubject } from './subject';

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
}

const MB = 1e6;
const SMALL = 10_000;

/** Rows per second of a worker's CPU, against one process of Python on the same file; and memory against the file's size. */
export async function batch({ quick }: BenchOptions): Promise<Result> {
  const large = quick ? 100_000 : 1_000_000;
  const model = modelNamed('iris');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'batch-'));
  const files = new Map([SMALL, large].map((rows) => [rows, irisFile(folder, rows)]));
  const ours = async (rows: number): Promise<Measured> => {
    const { report } = await runSubject('batch-worker', [files.get(rows) ?? '', path.join(folder, 'ours.csv')], {
      settings: model.settings,
      nodeOptions: [WORKER_NODE_OPTIONS],
    });
    const { failed, rows: done } = report as { rows: number; failed: number };
    if (done !== rows || failed > 0) throw new Error(`the worker predicted ${done} of ${rows} rows, ${failed} failed`);
    return report as Measured;
  };
  const program = pythonProgram();
  const theirs = async (rows: number): Promise<Measured> => {
    const script = path.join(process.cwd(), 'bench/python/batch.py');
    const [command = '', ...args] = [
      ...ONE_CORE,
      program,
      script,
      model.file,
      files.get(rows) ?? '',
      path.join(folder, 'python.csv'),
    ];
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const values = await interleave(quick ? 1 : 5, {
    ours: () => ours(large),
    python: () => theirs(large),
    small: () => ours(SMALL),
  });
  agree(path.join(folder, 'ours.csv'), path.join(folder, 'python.csv'));
  const perSecond = (name: string) => sampleOf((values[name] ?? []).map(({ seconds }) => large / seconds));
  const peak = (name: string) => sampleOf((values[name] ?? []).map(({ peakBytes }) => peakBytes / MB)).median;
  const [own, other] = [perSecond('ours'), perSecond('python')];
  return {
    name: 'batch',
    tables: [
      {
        title: `${large} rows of iris CSV, read, predicted and written by one process: rows per second of its CPU (medians of rounds)`,
        columns: ['', 'rows/s', 'least', 'most', 'peak MB'],
        rows: [
          ['ours', own.median, own.min, own.max, peak('ours')],
          ['pandas chunks and onnxruntime', other.median, other.min, other.max, peak('python')],
          [`ours, ${SMALL} rows`, '', '', '', peak('small')],
        ],
      },
    ],
    targets: [
      { what: 'CPU a row, ours / Python', value: other.median / own.median, target: 0.5, unit: 'x' },
      {
        what: `peak memory, ${large} rows / ${SMALL} rows`,
        value: peak('ours') / peak('small'),
        target: 1.25,
        unit: 'x',
      },
    ],
  };
}

function irisFile(folder: string, rows: number): string {
  const file = path.join(folder, `iris-${rows}.csv`);
  const [header = '', ...flowers] = readFileSync('models/iris/example.csv', 'utf8').trimEnd().split('\n');
  const cells = flowers.map((line) => line.slice(line.indexOf(',') + 1));
  const lines = [header];
  for (let row = 1; row <= rows; row++) lines.push(`${row},${cells[row % cells.length]}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Both did the same work: as many results, the same labels. Ours has no header, which is for who assembles. */
function agree(ours: string, python: string): void {
  const labels = (file: string, skip: number) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split(/\r?\n/)
      .slice(skip)
      .map((line) => line.split(',').slice(0, 4).join());
  const [own, other] = [labels(ours, 0), labels(python, 1)];
  // The last file that ours wrote is the small one.
  const wrong = own.findIndex((line, at) => line !== other[at]);
  if (wrong !== -1) throw new Error(`row ${wrong + 1} is ${own[wrong]}, in Python ${other[wrong]}`);
}
