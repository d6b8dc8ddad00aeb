import path from 'node:path';
import validate from 'asl-validator';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateMachines } from '../cloudformation/state-machines';
import { compositions, fronts, modelsIn, servingFileOf } from '../compositions/trees';
import { build } from './stacks';

/** The configuration lies in a temporary folder, models and transforms do not. */
const withFolders = (text: string) => text.replaceAll(/"(models|examples)\//g, `"${path.resolve()}/$1/`);

/** Each model and each pattern is a function or two: of a tree of twenty models the synthesis takes half a minute. */
const ofModerateSize = compositions.filter(({ tree }) => modelsIn(tree) <= 6);

test('random compositions in serving.yaml become stacks whose state machines are what Step Functions takes', () => {
  fc.assert(
    fc.property(ofModerateSize, fronts, (composition, front) => {
      const { 'test-local-t0': stack } = build(withFolders(servingFileOf('test', [composition], front)), 'local');
      const machines = Object.values(stateMachines(Template.fromStack(stack as never).toJSON()));
      for (const machine of machines) expect(validate(machine).errors).toEqual([]);
    }),
    { numRuns: process.env.SOAK ? 100 : 10, seed: 7, interruptAfterTimeLimit: 50_000 },
  );
});
