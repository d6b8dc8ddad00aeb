import { createHash } from 'node:crypto';
import type { ModelIdentity, PayloadLogSettings } from '../contract';
import { fromHalf } from '../protocol/float16';
import type { Tensor } from '../protocol/tensor';
import type { RequestLog } from './request-log';

/** What went into the model for a request, and what came out. */
export interface Payload {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Whose payload it is. */
export interface PayloadOwner {
  readonly requestId: string;
  readonly model: Partial<ModelIdentity>;
}

/** Writes the tensors of a sample of the predictions, without what is redacted, each in a bounded line. */
export class PayloadLog {
  constructor(
    private readonly settings: PayloadLogSettings,
    private readonly log: Pick<RequestLog, 'event'>,
  ) {}

  record({ requestId, model }: PayloadOwner, { inputs, outputs }: Payload): void {
    if (!isSampled(requestId, this.settings.sampleRate)) return;
    const share = Math.floor(this.settings.maxBytes / (inputs.length + outputs.length));
    const logged = (tensor: Tensor) => this.logged(tensor, share);
    this.log.event('payload', {
      model: model.name,
      version: model.version,
      revision: model.revision,
      requestId,
      inputs: inputs.map(logged),
      outputs: outputs.map(logged),
    });
  }

  private logged(tensor: Tensor, maxBytes: number) {
    const { name, datatype, shape } = tensor;
    if (this.settings.redact.includes(name)) return { name, datatype, shape, redacted: true };
    const data = leading(tensor, maxBytes);
    return { name, datatype, shape, data, truncated: data.length < tensor.data.length ? true : undefined };
  }
}

/**
 * Decided by the request id alone, so that every function that sees a request decides alike, and one that samples more
 * has all that one with a smaller sample has.
 */
export function isSampled(requestId: string, sampleRate: number): boolean {
  return createHash('sha256').update(requestId).digest().readUInt32BE() < sampleRate * 2 ** 32;
}

/** As many values from the beginning as fit. */
function leading({ data, datatype }: Tensor, maxBytes: number): (number | string)[] {
  const fitting: (number | string)[] = [];
  let bytes = 0;
  for (let i = 0; i < data.length; i++) {
    const value = datatype === 'FP16' ? fromHalf(data[i] as number) : data[i];
    // JSON has no NaN, no infinities and no exact 64-bit integers.
    const written = typeof value === 'number' && Number.isFinite(value) ? value : `${value}`;
    bytes += Buffer.byteLength(JSON.stringify(written)) + 1;
    if (bytes > maxBytes) break;
    fitting.push(written);
  }
  return fitting;
}
