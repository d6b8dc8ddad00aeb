import { Size } from 'aws-cdk-lib';
import { ENV, type PayloadLogSettings } from '../../lambdas/shared/contract';
import type { ModelCard } from '../model/model-card';

/** Which inputs and outputs are written to the log of the function. Whoever may read that log then reads them. */
export interface PayloadLog {
  /** Share of the predictions, more than 0 and up to 1. It is decided by the request id, alike in every function. */
  readonly sampleRate: number;
  /**
   * Names of the tensors whose values are never written: of them only name, datatype and shape are.
   * @default - none
   */
  readonly redact?: string[];
  /**
   * Most bytes of values in a line, 64 bytes to 128 KiB. Each tensor gets an equal share, which its first values fill.
   * @default Size.kibibytes(4)
   */
  readonly maxSize?: Size;
}

/** @internal What tells the function. */
export function payloadLogEnvironment(card: ModelCard, payloadLog: PayloadLog | undefined): Record<string, string> {
  if (!payloadLog) return {};
  const { sampleRate, redact = [], maxSize = Size.kibibytes(4) } = payloadLog;
  if (!(sampleRate > 0 && sampleRate <= 1)) {
    throw new Error(`payloadLog.sampleRate must be more than 0 and at most 1; got ${sampleRate}`);
  }
  const maxBytes = maxSize.toBytes();
  if (maxBytes < 64 || maxBytes > 128 * 1024) {
    throw new Error(`payloadLog.maxSize must be between 64 bytes and 128 KiB; got ${maxBytes} bytes`);
  }
  const names = [...card.inputs, ...card.outputs].map(({ name }) => name);
  // A name that is misspelt would not be redacted.
  const unknown = redact.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `payloadLog.redact names ${JSON.stringify(unknown)}, which ${card.modelName} does not have; it has ${names.join(', ')}`,
    );
  }
  const settings: PayloadLogSettings = { sampleRate, redact, maxBytes };
  return { [ENV.payloadLog]: JSON.stringify(settings) };
}
