import * as fc from 'fast-check';

/** Patterns within one another. Leaves classify digits, so that any of them can stand where another does. */
export type Tree =
  | { readonly kind: 'model'; readonly name: (typeof MODELS)[number] }
  | { readonly kind: 'cache' | 'breaker'; readonly part: Tree }
  | { readonly kind: 'vertical'; readonly parts: readonly Tree[]; readonly isConditional: boolean }
  | {
      readonly kind: 'horizontal';
      readonly parts: readonly Tree[];
      readonly aggregation: (typeof AGGREGATIONS)[number];
    };

const MODELS = ['digits', 'digits-fast', 'digits-linear'] as const;
const AGGREGATIONS = ['mean', 'max', 'select'] as const;

/** A stage is asked where the digit of the stage before it is below this one. */
export const BELOW = 5;

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; parts: readonly Tree[] }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'tree', withCrossShrink: true },
    fc.record({ kind: fc.constant('model' as const), name: fc.constantFrom(...MODELS) }),
    fc.record({ kind: fc.constantFrom('cache' as const, 'breaker' as const), part: tie('tree') }),
    fc.record({ kind: fc.constant('vertical' as const), parts: tie('parts'), isConditional: fc.boolean() }),
    fc.record({
      kind: fc.constant('horizontal' as const),
      parts: tie('parts'),
      aggregation: fc.constantFrom(...AGGREGATIONS),
    }),
  ),
  parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
})).tree;

const WRAPPERS = {
  // A small machine with many functions is slow to answer, which is not what is tried here.
  cache: { pattern: 'prediction-cache', cacheTimeout: '3s' },
  breaker: { pattern: 'circuit-break' },
};

/** The tree as `predictor` of a service in `serving.yaml`. */
export function configurationOf(tree: Tree): object {
  switch (tree.kind) {
    case 'model':
      return { model: `models/${tree.name}` };
    case 'cache':
    case 'breaker':
      return { ...WRAPPERS[tree.kind], predictor: configurationOf(tree.part) };
    case 'horizontal':
      return {
        pattern: 'microservice-horizontal',
        models: tree.parts.map(memberOf),
        aggregation: tree.aggregation,
        stageOutputs: false,
      };
    case 'vertical':
      return {
        pattern: 'microservice-vertical',
        stages: tree.parts.map((part, at) => ({
          ...memberOf(part, at),
          ...(tree.isConditional && at > 0 && { when: { output: `p${at - 1}.label`, below: BELOW } }),
        })),
        stageOutputs: false,
      };
  }
}

const memberOf = (part: Tree, at: number) => ({ name: `p${at}`, predictor: configurationOf(part) });

/** What an image is made of before a tree is asked, each by a pattern. */
const QUESTIONS = {
  image: (predictor: object) => predictor,
  paper: (predictor: object) => ({
    pattern: 'preprocess-prediction',
    transform: 'examples/transforms/paper',
    predictor,
  }),
  scan: (predictor: object) => ({
    pattern: 'preprocess-prediction',
    retrieve: 'examples/transforms/archive',
    transform: 'examples/transforms/paper',
    predictor,
  }),
  id: (predictor: object) => ({ pattern: 'data-cache', predictor }),
};

/** A tree, what it is asked with, and what stands around both. */
export interface Composition {
  readonly question: keyof typeof QUESTIONS;
  readonly tree: Tree;
  readonly around: readonly ('cache' | 'breaker')[];
}

const around = fc.array(fc.constantFrom('cache' as const, 'breaker' as const), { maxLength: 2 });

/** The model that is of a pair with the preprocessing, and what has its answers of it alone. */
const paired: fc.Arbitrary<Tree> = around.map((kinds) =>
  kinds.reduce<Tree>((part, kind) => ({ kind, part }), { kind: 'model', name: 'digits' }),
);

export const compositions: fc.Arbitrary<Composition> = fc.oneof(
  fc.record({ question: fc.constantFrom('image' as const, 'id' as const), tree: trees, around }),
  fc.record({ question: fc.constantFrom('paper' as const, 'scan' as const), tree: paired, around }),
);

function predictorOf({ around: kinds, question, tree }: Composition): object {
  return kinds.reduce<object>(
    (predictor, kind) => ({ ...WRAPPERS[kind], predictor }),
    QUESTIONS[question](configurationOf(tree)),
  );
}

/** Every pattern of a service that has its answers of a predictor, with what else it must be told. */
const FRONTS = {
  synchronous: () => ({}),
  asynchronous: () => ({}),
  'multiple-stage': (fastPredictor: object) => ({ fastPredictor }),
  'prediction-cache': () => ({}),
  'prediction-circuit-break': () => ({}),
};
export type Front = keyof typeof FRONTS;
export const fronts: fc.Arbitrary<Front> = fc.constantFrom(...(Object.keys(FRONTS) as Front[]));

/** A `serving.yaml` with one service for each composition, `t0`, `t1` and so on. */
export function servingFileOf(project: string, all: readonly Composition[], pattern: Front = 'synchronous'): string {
  const services = all.map((composition, at) => {
    const predictor = predictorOf(composition);
    return [`t${at}`, { pattern, ...FRONTS[pattern](predictor), predictor, dashboard: false }];
  });
  // JSON is YAML.
  return JSON.stringify({
    templateVersion: 1,
    project,
    environments: { local: { local: true, defaults: { auth: 'none' } } },
    services: Object.fromEntries(services),
  });
}

/** How many models, each of which is a function, a tree has. */
export function modelsIn(tree: Tree): number {
  if (tree.kind === 'model') return 1;
  if ('part' in tree) return modelsIn(tree.part);
  return tree.parts.reduce((sum, part) => sum + modelsIn(part), 0);
}
