/** Size limits that fail the build: cold start and package size are features. Decimal bytes. */
const KB = 1e3;
const MB = 1e6;

export const layerZipBudget = { 'linux-arm64': 10.5 * MB, 'linux-x64': 18 * MB };

/** Who works with jobs, or shares a state, needs the clients of DynamoDB (and SQS) from the start. */
const WITH_JOBS = [
  ...['circuit-break', 'dead-letter', 'fan-out', 'gather', 'multiple-stage', 'submit'],
  ...['sweep', 'sweep-fan-out', 'worker'],
];

/** Who looks into a table for every request needs the client of DynamoDB from the start. */
const WITH_CACHE = ['data-cache', 'data-filler', 'prediction-cache'];

/** Those of a batch need the clients of DynamoDB, Step Functions and S3, and readers and a writer of files of rows. */
const OF_BATCH = ['batch-assemble', 'batch-plan', 'batch-runs', 'batch-worker'];

/** Who asks others needs two clients, which no init loads. */
const ASKING = ['graph', 'transform'];

/** Kilobytes: zip of a handler's folder without a model, and code that its init loads. */
const BUDGETS = [
  { names: WITH_JOBS, zip: 250, init: 330 },
  { names: WITH_CACHE, zip: 225, init: 300 },
  { names: OF_BATCH, zip: 270, init: 330 },
  { names: ASKING, zip: 150, init: 75 },
];
/** Of those that need no client from the start. */
const LEAN = { zip: 150, init: 75 };

const budgetOf = (name) => BUDGETS.find(({ names }) => names.includes(name)) ?? LEAN;

/** Zip of a handler's folder without a model. */
export const handlerZipBudget = (name) => budgetOf(name).zip * KB;
/** Code that a handler's init loads. */
export const handlerInitBudget = (name) => budgetOf(name).init * KB;

export function assertWithin(what, bytes, budget) {
  if (bytes > budget) {
    throw new Error(
      `${what} is ${Math.ceil(bytes / KB)} KB, over its budget of ${Math.floor(budget / KB)} KB (scripts/build/budgets.mjs)`,
    );
  }
}
