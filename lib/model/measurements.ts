import * as fs from 'node:fs';

/** File beside a model that says how fast it is. */
export const MEASUREMENTS_FILE = 'measurements.json';

/** What `cdk-ml-serving measure` found on some machine, and on which. Times in milliseconds. */
export interface Measurements {
  readonly schemaVersion: 1;
  readonly note: string;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string; readonly bytes: number };
  readonly measuredOn: {
    readonly date: string;
    readonly cpu: string;
    readonly architecture: string;
    /** Share of the machine that one function with 1,769 MiB would have. */
    readonly vcpus: number;
    readonly onnxRuntime: string;
    readonly node: string;
    /** Load of the machine over the last minute. */
    readonly processesPerCore: number;
  };
  readonly sessionCreateMs: number;
  readonly peakMemoryBytes: number;
  readonly batches: readonly {
    readonly rows: number;
    readonly runs: number;
    readonly perRowMs: { readonly p50: number; readonly p95: number; readonly p99: number };
    readonly rowsPerSecond: number;
  }[];
  /** Rows that are worth stacking into one run; 1 where stacking gains too little. */
  readonly bestBatch: number;
  /** Rows a second at the fastest batch, against one row a run. */
  readonly stackingGain: number;
  readonly notes: readonly string[];
}

/** The measurements of a model; undefined where there are none of this very file. */
export function readMeasurements(file: string, sha256: string): Measurements | undefined {
  if (!fs.existsSync(file)) return undefined;
  const read = parse(file);
  if (read?.schemaVersion !== 1 || !Array.isArray(read.batches)) {
    throw new Error(`${file} is not what "cdk-ml-serving measure" writes. Measure the model again.`);
  }
  return read.model?.sha256 === sha256 ? read : undefined;
}

function parse(file: string): Measurements | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
