import type { Step } from '../step';

/** `<step>.<output>` of all conditions of a graph. */
export function conditionedOutputs({ _node: node }: Step): Set<string> {
  if (node.kind === 'predict') return new Set();
  if (node.kind !== 'choose') return new Set(node.steps.flatMap((step) => [...conditionedOutputs(step)]));
  const steps = [...node.cases.map(({ step }) => step), ...(node.otherwise ? [node.otherwise] : [])];
  return new Set([
    ...node.cases.map(({ when }) => when.output),
    ...steps.flatMap((step) => [...conditionedOutputs(step)]),
  ]);
}
