/**
 * What both sides of a deployment agree on: the constructs in `lib/` write it, the handlers in `lambdas/` read it.
 * It is the only folder of `lambdas/` that `lib/` may import.
 */

export * from './auth';
export * from './batch';
export * from './cache';
export * from './circuit-break';
export * from './data';
export * from './env';
export * from './errors';
export * from './fan-out';
export * from './graph';
export * from './http';
export * from './jobs';
export * from './model';
export * from './predictor';
export * from './telemetry';
export * from './tensors';
export * from './version';
