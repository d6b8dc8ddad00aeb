/** Size limits that fail the build: cold start and package size are features. Decimal bytes. */
const KB = 1e3;
const MB = 1e6;

export const layerZipBudget = { 'linux-arm64': 10.5 * MB, 'linux-x64': 18 * MB };

/** Zip of a handler's folder without a model, and the code that its init loads. */
export const handlerZipBudget = 150 * KB;
export const handlerInitBudget = 120 * KB;

export function assertWithin(what, bytes, budget) {
  if (bytes > budget) {
    throw new Error(
      `${what} is ${Math.ceil(bytes / KB)} KB, over its budget of ${Math.floor(budget / KB)} KB (scripts/build/budgets.mjs)`,
    );
  }
}
