import { appendFileSync, cpSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Duration, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import {
  Aggregation,
  Dependency,
  EMULATOR_CONTEXT,
  HorizontalPredictor,
  Model,
  ParallelPolicy,
  Predictor,
  PredictorGraph,
  PreprocessedPredictor,
  Step,
  Transform,
  VerticalPredictor,
} from '../../../lib';
import { stateMachines } from '../../cloudformation/state-machines';
import { manifestOf, newStack } from '../stack';
import { allStates, digits, fast, locate, machineOf } from './graph-stack';

const graph = (stack: Stack, steps: Step[], more = {}) => new PredictorGraph(stack, 'Graph', { steps, ...more });

describe('what a graph is compiled to', () => {
  test('[6.1] a step is given what its mapping names of the step before it, and nothing else', () => {
    const stack = newStack();
    graph(stack, [Step.predict('locate', locate(stack)), Step.predict('fast', fast(stack))]);
    const { fast: task } = allStates(machineOf(stack));
    expect(task?.Arguments.Payload.assembly).toEqual({
      inputs: { image: { step: 'locate', tensor: 'image' } },
      aggregates: {},
      body: null,
      steps: { locate: expect.stringContaining('$lookup($states.input, "locate")') },
    });
  });

  test('[6.4] each task ends by itself with what is left, and tells the predictor when', () => {
    const stack = newStack();
    graph(stack, [Step.predict('fast', fast(stack), { timeout: Duration.seconds(3) })]);
    const { fast: task } = allStates(machineOf(stack));
    const deadline =
      '$min([$states.context.Execution.Input.deadlineMs, $toMillis($states.context.State.EnteredTime) + 3000])';
    expect(task?.TimeoutSeconds).toBe(`{% $max([1, $floor((${deadline} - $millis()) / 1000)]) %}`);
    expect(task?.Arguments.Payload.deadlineMs).toBe(`{% ${deadline} %}`);
  });

  test('[6.5] retry and backoff are those of the step; a timeout is not tried again', () => {
    const stack = newStack();
    const options = { retries: 2, retryInterval: Duration.seconds(1), backoffRate: 3 };
    graph(stack, [Step.predict('fast', fast(stack), options), Step.predict('better', digits(stack))]);
    const states = allStates(machineOf(stack));
    expect(states.fast?.Retry).toEqual([
      { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 3 },
    ]);
    expect(states.better?.Retry).toBeUndefined();
  });

  test('[7.3] FAIL ends the machine within the branch that failed; WAIT looks at all of them afterwards', () => {
    const of = (policy: ParallelPolicy) => {
      const stack = newStack();
      const steps = [Step.predict('fast', fast(stack)), Step.predict('better', digits(stack))];
      graph(stack, [Step.parallel('all', steps, { policy })]);
      return machineOf(stack);
    };
    const inBranch = (policy: ParallelPolicy) =>
      (of(policy).States.all?.Branches ?? []).map(({ States }) =>
        Object.values(States).some(({ Type }) => Type === 'Fail'),
      );
    expect(inBranch(ParallelPolicy.FAIL)).toEqual([true, true]);
    expect(inBranch(ParallelPolicy.WAIT)).toEqual([false, false]);
    expect(inBranch(ParallelPolicy.PARTIAL)).toEqual([false, false]);
    expect(of(ParallelPolicy.WAIT).States['all enough']?.Choices).toHaveLength(3);
    expect(of(ParallelPolicy.PARTIAL).States['all enough']?.Choices).toHaveLength(1);
  });

  test('a graph within a graph has no execution of its own: its steps are steps of the outer one', () => {
    const stack = newStack();
    const inner = new PredictorGraph(stack, 'Inner', {
      steps: [
        Step.parallel('all', [Step.predict('fast', fast(stack)), Step.predict('better', digits(stack))], {
          aggregation: Aggregation.mean(),
        }),
      ],
    });
    const outer = graph(stack, [Step.predict('locate', locate(stack)), Step.predict('both', inner)]);
    expect(outer.stages).toEqual(['locate', 'both/fast', 'both/better']);
    const machines = Object.values(stateMachines(Template.fromStack(stack).toJSON())) as Parameters<
      typeof allStates
    >[0][];
    const states = allStates(machines.find(({ States }) => 'locate' in States) as Parameters<typeof allStates>[0]);
    expect(states['both/fast']?.Arguments.Payload.assembly.inputs).toEqual({
      image: { step: 'locate', tensor: 'image' },
    });
    expect(states.End?.Output.aggregates['both/all'].members.map(({ name }: { name: string }) => name)).toEqual([
      'fast',
      'better',
    ]);
  });

  test('a condition on an average asks the graph that makes it as a predictor', () => {
    const stack = newStack();
    const inner = new PredictorGraph(stack, 'Inner', {
      steps: [
        Step.parallel('all', [Step.predict('fast', fast(stack)), Step.predict('better', digits(stack))], {
          aggregation: Aggregation.mean(),
        }),
      ],
    });
    const decide = Step.choose('decide', [
      { when: { output: 'both.probabilities', below: 0.5 }, step: Step.predict('again', fast(stack, 'Again')) },
    ]);
    const outer = graph(stack, [Step.predict('both', inner), decide]);
    expect(outer.stages).toEqual(['both', 'again']);
  });

  test('[6.7] what the machine may carry is less the more steps there are', () => {
    const stack = newStack();
    const { _graph } = graph(stack, [Step.predict('fast', fast(stack))]);
    expect(_graph.compiled.inlineBytes).toBe(65_536);
    const other = newStack();
    const many = Array.from({ length: 9 }, (_, at) => Step.predict(`s${at}`, fast(other, `S${at}`)));
    expect(graph(other, [Step.parallel('all', many)])._graph.compiled.inlineBytes).toBe(20_000);
  });

  test('the machine logs failures without payloads, and may ask its predictors alone', () => {
    const stack = newStack();
    graph(stack, [Step.predict('fast', fast(stack))]);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'EXPRESS',
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'states:StartSyncExecution' })]) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Resource: {
              'Fn::Join': ['', [{ 'Fn::GetAtt': [Match.stringLikeRegexp('GraphPayloads'), 'Arn'] }, '/graphs/*']],
            },
          }),
        ]),
      },
    });
  });

  test('[8.5] the front knows of what state machine and of which revisions its own is made; the machine says which one ran', () => {
    const stack = newStack();
    const [one, other] = [fast(stack), digits(stack)];
    const first = graph(stack, [Step.predict('fast', one), Step.predict('better', other)]);
    const { behind, graph: made } = manifestOf(stack, first.function);
    expect(behind).toBeUndefined();
    expect(made).toEqual({ machine: expect.any(String), steps: { fast: one.revision, better: other.revision } });
    expect(allStates(machineOf(stack)).End?.Output.machine).toBe(made?.machine);
    const changed = newStack();
    const second = graph(changed, [Step.predict('better', digits(changed)), Step.predict('fast', fast(changed))]);
    expect(manifestOf(changed, second.function).graph?.machine).not.toBe(made?.machine);
  });

  test('the revision changes with a member and with what is done with it, and with nothing else', () => {
    const of = (option: { readonly model?: string; readonly below?: number }) => {
      const stack = newStack();
      const { below = 0.9, model = 'models/digits' } = option;
      const better = Step.predict('better', new Predictor(stack, 'Better', { model: Model.fromAsset(model) }));
      const decide = Step.choose('decide', [{ when: { output: 'fast.probabilities', below }, step: better }]);
      return graph(stack, [Step.predict('fast', fast(stack)), decide]).revision;
    };
    expect(of({})).toBe(of({}));
    expect(of({ model: 'models/digits-linear' })).not.toBe(of({}));
    expect(of({ below: 0.8 })).not.toBe(of({}));
  });
});

describe('what is refused', () => {
  const refused = (build: (stack: Stack) => unknown) => expect(() => build(newStack()));

  test('a mapping to what is not there, or does not fit', () => {
    const mapped = (inputs: Record<string, string>) => (stack: Stack) =>
      graph(stack, [Step.predict('fast', fast(stack)), Step.predict('better', digits(stack), { inputs })]);
    refused(mapped({ image: 'slow.image' })).toThrow(
      'inputs.image of better must name a step before it (fast); got "slow.image"',
    );
    refused(mapped({ image: 'fast.image' })).toThrow('must name an output of fast (label, probabilities)');
    refused(mapped({ image: 'fast.label' })).toThrow(
      'inputs.image of better must be FP32 [-1, 1, 28, 28]; fast.label is INT64 [-1]',
    );
    refused(mapped({ picture: 'request.image' })).toThrow(
      'inputs of better must be among those of digits (image); got picture',
    );
  });

  test('names that are taken or no names', () => {
    refused((stack) => graph(stack, [Step.predict('a', fast(stack)), Step.predict('a', digits(stack))])).toThrow(
      'got a twice',
    );
    refused((stack) => Step.predict('a.b', fast(stack))).toThrow('got "a.b"');
    refused((stack) => Step.predict('request', fast(stack))).toThrow('not be "request"');
  });

  test('deadlines that Step Functions cannot keep', () => {
    const within = (deadline: Duration) => (stack: Stack) =>
      graph(stack, [Step.predict('a', fast(stack))], { deadline });
    refused(within(Duration.millis(2500))).toThrow('deadline must be whole seconds, at least 2 for these steps');
    refused(within(Duration.seconds(1))).toThrow('got 1000 ms');
    refused((stack) =>
      graph(
        stack,
        [Step.predict('a', fast(stack), { dependency: Dependency.SOFT }), Step.predict('b', digits(stack))],
        {
          deadline: Duration.seconds(2),
        },
      ),
    ).toThrow('at least 3 for these steps');
  });

  test('retries that outlast their step', () => {
    refused((stack) =>
      graph(stack, [Step.predict('a', fast(stack), { retries: 3, timeout: Duration.seconds(5) })]),
    ).toThrow('retries of a must fit in its 5 s; their intervals alone are 7 s');
  });

  test('a step in another stack than its graph', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root as never, 'Other', {
      env: { account: '111111111111', region: 'eu-west-1' },
    });
    expect(() => graph(other, [Step.predict('a', fast(stack))])).toThrow('steps must be in the stack of their graph');
  });

  test('[7.2] an aggregation that has nothing to add up, and a quorum that nobody can reach', () => {
    const all = (options: object) => (stack: Stack) =>
      graph(stack, [Step.parallel('all', [Step.predict('a', fast(stack)), Step.predict('b', locate(stack))], options)]);
    refused(all({ aggregation: Aggregation.mean() })).toThrow(
      'aggregation mean of all must name an output that all steps have',
    );
    refused(all({ quorum: 3 })).toThrow('quorum of all must be a whole number from 1 to 2, its steps; got 3');
  });
});

test('[5.3] preprocessing and model that name no pair, or two, are not deployed', () => {
  const build = (model: string) => () =>
    new PreprocessedPredictor(newStack(), 'P', {
      transform: Transform.fromAsset('examples/transforms/paper'),
      model: Model.fromAsset(model),
    });
  expect(build('models/digits')).not.toThrow();
  expect(build('models/digits-fast')).toThrow('pair must be named by the cards of both');
});

test.each([
  ['asks it', 1, 10],
  ['asks it', 12.5, 14],
  ['asks it', 28.5, 29],
  ['asks it', 300, 301],
  ['is asked before it', 1, 10],
  ['is asked before it', 12.5, 16],
  ['is asked before it', 29, 29],
])('preprocessing that %s has by default time for a predictor of %d s: %d s', (how, seconds, expected) => {
  const stack = newStack();
  const deadline = Duration.millis(seconds * 1000);
  const preprocessed = new PreprocessedPredictor(stack, 'P', {
    transform: Transform.fromAsset('examples/transforms/paper'),
    predictor: new Predictor(stack, 'Model', { model: Model.fromAsset('models/digits'), deadline }),
    proxied: how !== 'asks it',
  });
  expect(preprocessed.deadline.toSeconds()).toBe(expected);
});

test('an emulator may want a state machine to carry less than on AWS, and never more', () => {
  const carried = (context?: Record<string, unknown>) => {
    const stack = newStack(context);
    graph(stack, [Step.predict('fast', fast(stack))]);
    return allStates(machineOf(stack)).fast?.Arguments.Payload.reply.inlineBytes;
  };
  expect(carried({ [EMULATOR_CONTEXT.inlineBytes]: '2048' })).toBe(2048);
  expect(carried({ [EMULATOR_CONTEXT.inlineBytes]: 1_000_000 })).toBe(carried());
  for (const wrong of ['2KiB', 0, -1, 1.5]) {
    expect(() => carried({ [EMULATOR_CONTEXT.inlineBytes]: wrong })).toThrow('must be a whole number above 0');
  }
});

describe('what is released alone', () => {
  /** Code of the functions whose description begins with a text. */
  const codeOf = (stack: Stack, description: string) =>
    Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => `${Properties.Description}`.startsWith(description))
      .map(({ Properties }) => Properties.Code.S3Key);

  test('[5.2] the model is released without the preprocessing, which has memory and environment of its own', () => {
    const build = (folder: string) => {
      const stack = newStack();
      const predictor = new Predictor(stack, 'Model', {
        model: Model.fromAsset('models/digits'),
        memory: Size.gibibytes(2),
      });
      const transform = Transform.fromAsset(folder);
      new PreprocessedPredictor(stack, 'P', {
        transform,
        predictor,
        proxied: true,
        transformMemory: Size.mebibytes(512),
      });
      return stack;
    };
    const before = build('examples/transforms/paper');
    const changed = mkdtempSync(path.join(os.tmpdir(), 'transform-'));
    cpSync('examples/transforms/paper', changed, { recursive: true });
    appendFileSync(path.join(changed, 'index.mjs'), '\n// changed\n');
    const after = build(changed);
    expect(codeOf(after, 'transform')).not.toEqual(codeOf(before, 'transform'));
    expect(codeOf(after, 'digits 1.0.0')).toEqual(codeOf(before, 'digits 1.0.0'));
    const template = Template.fromStack(before);
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 512,
      Description: Match.stringLikeRegexp('^transform'),
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 2048,
      Description: Match.stringLikeRegexp('^digits 1'),
    });
  });

  test('[6.6] another model for one stage leaves the others as they are', () => {
    const build = (model: string) => {
      const stack = newStack();
      const stages = [
        { name: 'locate', predictor: locate(stack) },
        { name: 'last', model: Model.fromAsset(model) },
      ];
      new VerticalPredictor(stack, 'V', { stages });
      return stack;
    };
    const [before, after] = [build('models/digits'), build('models/digits-linear')];
    expect(codeOf(after, 'digits-locate')).toEqual(codeOf(before, 'digits-locate'));
    expect(codeOf(after, 'digits-linear')).toHaveLength(1);
    expect(codeOf(before, 'digits 1.0.0')).toHaveLength(1);
  });
});

test('[7.4] one model more is one entry more', () => {
  const names = ['digits', 'digits-fast', 'digits-linear'];
  const graphOf = (count: number) => {
    const models = names.slice(0, count).map((name) => ({ model: Model.fromAsset(`models/${name}`) }));
    return new HorizontalPredictor(newStack(), 'All', { models }).predictor;
  };
  expect(graphOf(2).stages).toEqual(['digits', 'digits-fast']);
  expect(graphOf(3).stages).toEqual(['digits', 'digits-fast', 'digits-linear']);
  expect(graphOf(3).card.outputs.map(({ name }) => name)).toContain('digits-linear.probabilities');
});
