import { type Size, Token } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { PlacementOptions } from '../functions/placement-options';
import type { Hook } from './hook';

/** What a function with a model inside has room for; every one has a default. */
export interface ModelRoomOptions extends PlacementOptions {
  /**
   * Memory of the function, 128 MiB to 10,240 MiB. The share of a CPU grows with it: one full vCPU at 1,769 MiB.
   * @default Size.mebibytes(1769)
   */
  readonly memory?: Size;
  /**
   * Size of the function's `/tmp`, 512 MiB to 10,240 MiB. A model loaded from S3 passes through it when it is larger
   * than 8 MiB. What is beyond 512 MiB is billed.
   * @default Size.mebibytes(512)
   */
  readonly ephemeralStorage?: Size;
  /**
   * Processor architecture.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;
}

/** How a function with a model inside runs; every one has a default. */
export interface ModelFunctionOptions extends ModelRoomOptions {
  /**
   * Code of yours that makes the inputs of the model from what the client sends to `POST /predict`. It runs with the
   * function's role.
   * @default - none: rows, and images where the model card has `image`
   */
  readonly preprocess?: Hook;
  /**
   * Code of yours that makes the answer of `POST /predict` from the outputs of the model. It runs with the function's
   * role.
   * @default - none: predictions row by row
   */
  readonly postprocess?: Hook;
}

/** @internal Limits of Lambda, checked where the message can say what to do. */
export function validateModelFunctionOptions({ memory, ephemeralStorage }: ModelRoomOptions): void {
  requireSize('memory', memory, 128);
  requireSize('ephemeralStorage', ephemeralStorage, 512);
}

function requireSize(name: string, size: Size | undefined, least: number): void {
  const mebibytes = size?.toMebibytes();
  if (mebibytes !== undefined && !Token.isUnresolved(mebibytes) && (mebibytes < least || mebibytes > 10_240)) {
    throw new Error(`${name} must be between ${least} MiB and 10,240 MiB; got ${mebibytes} MiB`);
  }
}

/** @internal Lambda takes bodies up to 6 MB, which the gateway makes a third larger. */
export function validateMaxBodySize(size: Size | undefined): void {
  const bytes = size?.toBytes();
  if (bytes !== undefined && (bytes < 1024 || bytes > 4.4 * 1024 * 1024)) {
    throw new Error(
      `maxBodySize must be between 1 KiB and 4.4 MiB; got ${bytes} bytes. Larger inputs are for asynchronous.`,
    );
  }
}

/** @internal None at all would refuse the self-test of the release too. */
export function validateCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (count !== undefined && !Token.isUnresolved(count) && !(Number.isInteger(count) && count > 0)) {
      throw new Error(`${name} must be a whole number greater than 0; got ${count}`);
    }
  }
}
