import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { CONTRACT_VERSION } from '../../lambdas/shared/contract';
import type { PredictTaskOptions } from './predictor-ref';

/** The predictor contract, spoken by a state machine. */
export function lambdaPredictTask(
  scope: Construct,
  id: string,
  predictor: { readonly alias: IFunction; readonly deadline: Duration },
  options: PredictTaskOptions = {},
): LambdaInvoke {
  const budget = predictor.deadline.toMilliseconds();
  return LambdaInvoke.jsonata(scope, id, {
    lambdaFunction: predictor.alias,
    payload: TaskInput.fromObject({
      v: CONTRACT_VERSION,
      requestId: options.requestId ?? '{% $states.context.Execution.Name %}',
      ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
      deadlineMs: options.deadlineMs ?? `{% $toMillis($states.context.Execution.StartTime) + ${budget} %}`,
      request: options.request ?? '{% $states.input.request %}',
    }),
    outputs: options.outputs ?? '{% $states.result.Payload %}',
    taskTimeout: Timeout.duration(functionTimeout(predictor.deadline)),
  });
}

/** The run ends by the function's timeout: the deadline in whole seconds, plus one to answer in. */
export function functionTimeout(deadline: Duration): Duration {
  return Duration.seconds(Math.ceil(deadline.toMilliseconds() / 1000) + 1);
}
