/** Size limits that fail the build: cold start and package size are features. Decimal bytes. */
const KB = 1e3;
const MB = 1e6;

export const layerZipBudget = { 'linux-arm64': 10.5 * MB, 'linux-x64': 18 * MB };

/** Who works with jobs needs the clients of DynamoDB and SQS from the start. */
const WITH_JOBS = ['dead-letter', 'multiple-stage', 'submit', 'sweep', 'worker'];

/** Those of a batch need the clients of DynamoDB, Step Functions and S3, and readers and a writer of files of rows. */
const OF_BATCH = ['batch-assemble', 'batch-plan', 'batch-runs', 'batch-worker'];

/** Zip of a handler's folder without a model. */
export const handlerZipBudget = (name) => (OF_BATCH.includes(name) ? 350 : WITH_JOBS.includes(name) ? 270 : 150) * KB;
/** Code that a handler's init loads. */
export const handlerInitBudget = (name) => (OF_BATCH.includes(name) || WITH_JOBS.includes(name) ? 330 : 120) * KB;

export function assertWithin(what, bytes, budget) {
  if (bytes > budget) {
    throw new Error(
      `${what} is ${Math.ceil(bytes / KB)} KB, over its budget of ${Math.floor(budget / KB)} KB (scripts/build/budgets.mjs)`,
    );
  }
}
