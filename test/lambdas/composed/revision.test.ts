import { describe, expect, test } from 'vitest';
import { answerGraph } from '../../../lambdas/graph/answer-graph';
import type { GraphEnv } from '../../../lambdas/graph/graph-env';
import {
  CONTRACT_VERSION,
  type GraphManifest,
  type GraphOutput,
  type ModelManifest,
  type PredictorAnswer,
  type PredictorRequest,
  type PredictorSuccess,
  type StepAnswer,
} from '../../../lambdas/shared/contract';
import { cachedFunction } from '../cache/cached-function';
import { breakerFunction, CONSTANT } from '../circuit-break/breaker-function';
import { predictFunction } from '../function';
import { manifestOf } from '../manifest';
import { composedFunction } from './composed';

type Answered = Extract<StepAnswer, { status: 200 }>;
const flower = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
const { outputs, revision: MODEL } = manifestOf('iris');
const asked = (): PredictorRequest => ({
  v: CONTRACT_VERSION,
  requestId: 'r',
  deadlineMs: Date.now() + 60_000,
  request: flower as PredictorRequest['request'],
});
const iris = (manifest: Partial<ModelManifest> = {}) => predictFunction('iris', { manifest });

/** A cache around it, whose key is made with this revision. */
async function markTwice(behind: { invoke(event: unknown): Promise<unknown> }, revision: string) {
  const predictor = async (request: PredictorRequest) => (await behind.invoke(request)) as PredictorAnswer;
  const { post, table } = cachedFunction('iris', {
    predictor,
    manifest: { revision, behind: revision },
    prediction: { strategy: 'lookup-first' },
  });
  const marks = [await post(flower), await post(flower)].map(({ headers }) => headers['x-cache']);
  return { marks, rows: table.rows.size };
}

describe('[8.5] who asks others says the revision of all of them', () => {
  const around = (behind: Parameters<typeof composedFunction>[2], own: Partial<ModelManifest>) =>
    composedFunction('iris', undefined, { ...behind, manifest: { revision: 'whole', ...own } });
  const revisionOf = async ({ invoke }: { invoke(event: unknown): Promise<unknown> }) =>
    ((await invoke(asked())) as PredictorSuccess).revision;

  test('its own, where the one behind it is the one that it was made with', async () => {
    expect(await revisionOf(around({}, { behind: MODEL }))).toBe('whole');
  });

  test('through several of them, whichever is another one', async () => {
    const chain = (model: string) => {
      const inner = composedFunction('iris', undefined, {
        behind: iris({ revision: model }),
        manifest: { revision: 'inner', behind: MODEL },
      });
      return around({ behind: inner }, { behind: 'inner' });
    };
    expect(await revisionOf(chain(MODEL))).toBe('whole');
    const other = await revisionOf(chain('rolled-back'));
    expect(['whole', 'inner', MODEL, 'rolled-back']).not.toContain(other);
    expect(await revisionOf(chain('rolled-back'))).toBe(other);
    expect(await revisionOf(chain('another'))).not.toBe(other);
  });

  test('none where a pointer names the model: the model says which one it was', async () => {
    expect(await revisionOf(around({}, { behind: MODEL, source: 'pointer' }))).toBeUndefined();
  });

  test('a cache before it keeps what this release answered, and what another one did under no name that is looked for', async () => {
    const before = around({}, { behind: MODEL });
    expect(await markTwice(before, 'whole')).toEqual({ marks: ['MISS', 'HIT'], rows: 1 });
    const other = around({ behind: iris({ revision: 'rejected' }) }, { behind: MODEL });
    expect((await markTwice(other, 'whole')).marks).toEqual(['MISS', 'MISS']);
    const older = around({}, { behind: MODEL, revision: 'before' });
    expect((await markTwice(older, 'whole')).marks).toEqual(['MISS', 'MISS']);
  });

  test('a hit has the revision that was looked for: a cache before a cache keeps it', async () => {
    const inner = cachedFunction('iris', {
      predictor: async (request) => (await iris().invoke(request)) as PredictorAnswer,
      manifest: { behind: MODEL },
    });
    await inner.post(flower);
    expect((await inner.invoke(asked())) as PredictorSuccess).toMatchObject({
      marks: { 'x-cache': 'HIT' },
      revision: MODEL,
    });
    expect((await markTwice(inner, MODEL)).marks).toEqual(['MISS', 'HIT']);
  });
});

describe('[8.5] [10.2] what stands in for an answer is not kept as one', () => {
  test('of a breaker: its fallback is asked for anew, its answer is kept', async () => {
    const breaker = breakerFunction(CONSTANT, { manifest: { revision: 'whole', behind: MODEL } });
    breaker.weather.full = true;
    expect(await markTwice(breaker, 'whole')).toEqual({ marks: ['MISS', 'MISS'], rows: 0 });
    breaker.weather.full = false;
    expect(await markTwice(breaker, 'whole')).toEqual({ marks: ['MISS', 'HIT'], rows: 1 });
  });

  const GRAPH: GraphManifest = { machine: 'm', steps: { first: 'one', second: 'two', third: 'three' } };
  const step = (revision: string, marks?: Record<string, string>): Answered => ({
    v: CONTRACT_VERSION,
    status: 200,
    model: { name: 'step', version: '1', revision },
    response: {
      model_name: 'step',
      model_version: '1',
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [1], data: [0] },
        { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: [1, 0, 0] },
      ],
    },
    stages: [],
    marks,
    startMs: 1,
    endMs: 2,
  });
  /** What a state machine keeps of parallel steps together. */
  const DONE = { status: 200 } as never;
  const failed: StepAnswer = {
    v: CONTRACT_VERSION,
    status: 503,
    error: { code: 'UNAVAILABLE', message: 'no' },
    startMs: 1,
    endMs: 2,
  };
  const graph = (steps: GraphOutput['steps'], machine = 'm') => {
    const output: GraphOutput = {
      machine,
      soft: ['second'],
      steps,
      outputs: Object.fromEntries(outputs.map(({ name }) => [name, { step: 'first', tensor: name }])),
    };
    return composedFunction(
      'iris',
      (_, parts) =>
        answerGraph({ ...parts, env: { ...parts.env, inlineBytes: 100_000 } as GraphEnv }, async () => ({ output })),
      { manifest: { revision: 'whole', graph: GRAPH } },
    );
  };

  test('of a graph: only where all of its steps, and what asks them, are those that it is made of', async () => {
    const kept = async (behind: ReturnType<typeof graph>) => (await markTwice(behind, 'whole')).marks[1];
    expect(await kept(graph({ first: step('one'), second: step('two') }))).toBe('HIT');
    // A step that was not asked says nothing.
    expect(await kept(graph({ first: step('one'), second: null, '@third until': 7 as never, '@both': DONE }))).toBe(
      'HIT',
    );
    expect(await kept(graph({ first: step('one'), second: step('rejected') }))).toBe('MISS');
    expect(await kept(graph({ first: step('one'), second: { ...step('x'), revision: 'two' } }))).toBe('HIT');
    expect(await kept(graph({ first: step('one'), second: step('two') }, 'another machine'))).toBe('MISS');
  });

  test('of a graph: nor one without some step, or in which a step was stood in for', async () => {
    const partial = graph({ first: step('one'), second: failed });
    expect((await partial.invoke(asked())) as PredictorSuccess).toMatchObject({ marks: { 'x-partial': 'second' } });
    expect(await markTwice(partial, 'whole')).toEqual({ marks: ['MISS', 'MISS'], rows: 0 });
    const stoodIn = graph({
      first: step('one', { 'x-fallback': 'open', 'x-cache': 'MISS' }),
      second: step('two', { 'x-fallback': 'open', 'x-partial': 'a, b' }),
    });
    expect((await stoodIn.invoke(asked())) as PredictorSuccess).toMatchObject({
      marks: { 'x-fallback': 'open', 'x-partial': 'second/a, second/b' },
      response: { parameters: { partial: true } },
    });
    expect(await markTwice(stoodIn, 'whole')).toEqual({ marks: ['MISS', 'MISS'], rows: 0 });
  });

  test('of a graph: it is as old as its oldest step', async () => {
    const old = graph({ first: step('one', { 'x-cache': 'HIT', age: '7' }), second: step('two', { age: '3' }) });
    const { marks } = (await old.invoke(asked())) as PredictorSuccess;
    expect(marks).toEqual({ age: '7' });
    expect((await markTwice(old, 'whole')).marks).toEqual(['MISS', 'HIT']);
  });
});

describe('[5.3] behind those who ask others it is the model that knows which pair it is of', () => {
  /** A model that a pointer has made one of this pair. */
  const ofPair = (own: string) => ({
    invoke: async ({ pair, ...request }: PredictorRequest) =>
      pair === undefined || pair === own
        ? ((await iris().invoke(request)) as PredictorAnswer)
        : ({
            v: CONTRACT_VERSION,
            status: 503,
            error: { code: 'PAIR_MISMATCH', message: 'of another pair' },
          } as const),
  });
  const pointed = { source: 'pointer', pair: 'flowers-1' } as const;
  const mismatch = { status: 503, error: { code: 'PAIR_MISMATCH' } };

  test('they hand on which one the tensors are of', async () => {
    const { invoke } = composedFunction('iris', undefined, { behind: ofPair('flowers-2'), manifest: pointed });
    expect(await invoke({ ...asked(), pair: 'flowers-1' })).toMatchObject(mismatch);
    expect(await invoke({ ...asked(), pair: 'flowers-2' })).toMatchObject({ status: 200 });
  });

  test('a cache answers nobody with what was said to another pair', async () => {
    const { invoke } = cachedFunction('iris', {
      predictor: (request) => ofPair('flowers-1').invoke(request),
      manifest: pointed,
      currentRevision: () => MODEL,
      prediction: { strategy: 'lookup-first' },
    });
    const cached = async (pair: string) => (await invoke({ ...asked(), pair })) as PredictorSuccess;
    expect((await cached('flowers-1')).marks).toMatchObject({ 'x-cache': 'MISS' });
    expect((await cached('flowers-1')).marks).toMatchObject({ 'x-cache': 'HIT' });
    expect(await cached('flowers-2')).toMatchObject(mismatch);
  });

  test('no fallback stands in for it', async () => {
    const { invoke } = breakerFunction(CONSTANT, { behind: ofPair('flowers-2'), manifest: pointed });
    expect(await invoke({ ...asked(), pair: 'flowers-1' })).toMatchObject(mismatch);
    expect(await invoke({ ...asked(), pair: 'flowers-2' })).toMatchObject({ status: 200 });
  });
});
