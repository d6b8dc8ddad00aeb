/** Size limits that fail the build: cold start and package size are features. Decimal bytes. */
const KB = 1e3;
const MB = 1e6;

export const layerZipBudget = { 'linux-arm64': 10.5 * MB, 'linux-x64': 18 * MB };

/** Who works with jobs, or shares a state, needs the clients of DynamoDB (and SQS) from the start. */
const WITH_JOBS = ['circuit-break', 'dead-letter', 'multiple-stage', 'submit', 'sweep', 'worker'];

/** Who looks into a table for every request needs the client of DynamoDB from the start. */
const WITH_CACHE = ['data-cache', 'data-filler', 'prediction-cache'];

/** Zip of a handler's folder without a model. */
export const handlerZipBudget = (name) => (WITH_JOBS.includes(name) ? 270 : WITH_CACHE.includes(name) ? 250 : 150) * KB;
/** Code that a handler's init loads. */
export const handlerInitBudget = (name) =>
  (WITH_JOBS.includes(name) ? 330 : WITH_CACHE.includes(name) ? 300 : 120) * KB;

export function assertWithin(what, bytes, budget) {
  if (bytes > budget) {
    throw new Error(
      `${what} is ${Math.ceil(bytes / KB)} KB, over its budget of ${Math.floor(budget / KB)} KB (scripts/build/budgets.mjs)`,
    );
  }
}
