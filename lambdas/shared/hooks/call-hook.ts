import type { HookContext, Images } from '../../../hook';
import type { HookName, TRANSFORM } from '../contract';
import { ServingError } from '../errors';
import { checkDeadline, inTime } from '../in-time';
import { decodePixels, mediaTypeOfImage } from '../protocol/image-file';
import { resize } from '../protocol/image-resize';
import type { Answerer } from '../session/model-store';

/** One request, as all of its hooks see it. */
export interface HookCall {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly state: Record<string, unknown>;
}

/** Runs a hook within the deadline. What it throws is its own fault, unless it says that it is the client's. */
export async function callHook<Result>(
  name: HookName | typeof TRANSFORM,
  { deadlineMs, requestId, state }: HookCall,
  { identity, manifest }: Pick<Answerer, 'identity' | 'manifest'>,
  run: (context: HookContext) => Result | Promise<Result>,
): Promise<Result> {
  checkDeadline(deadlineMs, `before ${name} ran`);
  const when = `while ${name} ran`;
  const model = { ...identity, inputs: manifest.inputs, outputs: manifest.outputs };
  try {
    const result = await inTime(deadlineMs, when, (signal) =>
      run({ requestId, model, state, signal, images, badInput, unavailable }),
    );
    // Nothing interrupts a hook that computes.
    checkDeadline(deadlineMs, when);
    return result;
  } catch (error) {
    throw error instanceof ServingError ? error : hookFailed(name, error);
  }
}

export function hookFailed(name: HookName | typeof TRANSFORM, cause: unknown): ServingError {
  return new ServingError('INTERNAL', `The hook ${name} failed.`, { cause });
}

function badInput(message: string, field?: string): Error {
  return new ServingError('INVALID_REQUEST', message, { field });
}

function unavailable(message: string): Error {
  return new ServingError('UNAVAILABLE', message, { retryAfterMs: 1000 });
}

const images: Images = {
  decode: (file, channels) => decodePixels(file, mediaTypeOfImage(file), channels),
  resize: (pixels, width, height) => ({ ...pixels, width, height, data: resize(pixels, width, height) }),
};
