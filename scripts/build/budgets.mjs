/** Size limits that fail the build: cold start and package size are features. Decimal bytes. */
const KB = 1e3;
const MB = 1e6;

export const layerZipBudget = { 'linux-arm64': 10.5 * MB, 'linux-x64': 18 * MB };

/** Who works with jobs needs the clients of DynamoDB and SQS from the start. */
const WITH_JOBS = ['dead-letter', 'multiple-stage', 'submit', 'sweep', 'worker'];

/** Who asks others needs two clients, which no init loads. */
const ASKING = ['graph', 'transform'];

/** Zip of a handler's folder without a model. */
export const handlerZipBudget = (name) => (WITH_JOBS.includes(name) ? 270 : ASKING.includes(name) ? 170 : 150) * KB;
/** Code that a handler's init loads. */
export const handlerInitBudget = (name) => (WITH_JOBS.includes(name) ? 330 : 120) * KB;

export function assertWithin(what, bytes, budget) {
  if (bytes > budget) {
    throw new Error(
      `${what} is ${Math.ceil(bytes / KB)} KB, over its budget of ${Math.floor(budget / KB)} KB (scripts/build/budgets.mjs)`,
    );
  }
}
