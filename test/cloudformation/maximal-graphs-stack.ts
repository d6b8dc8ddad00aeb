import { Duration, Size, type Stack } from 'aws-cdk-lib';
import {
  Aggregation,
  Dependency,
  MicroserviceHorizontal,
  MicroserviceVertical,
  Model,
  ParallelPolicy,
  PreprocessPrediction,
  Transform,
} from '../../lib';

/** Every kind of step, with every option that a step has. */
export function addMaximalGraphs(stack: Stack): void {
  const model = (name: string) => Model.fromAsset(`models/${name}`);
  const horizontal = new MicroserviceHorizontal(stack, 'Horizontal', {
    models: [
      { name: 'better', model: model('digits'), weight: 2, dependency: Dependency.HARD },
      { name: 'fast', model: model('digits-fast'), retries: 2, retryInterval: Duration.seconds(1), backoffRate: 1.5 },
      { name: 'linear', model: model('digits-linear'), timeout: Duration.seconds(3), memory: Size.mebibytes(512) },
    ],
    aggregation: Aggregation.weighted('probabilities'),
    policy: ParallelPolicy.PARTIAL,
    quorum: 2,
    deadline: Duration.seconds(8),
    modelName: 'all',
    modelVersion: '2.0.0',
  });
  new MicroserviceVertical(stack, 'Vertical', {
    stages: [
      { name: 'locate', model: model('digits-locate'), inputs: { canvas: 'request.page' } },
      { name: 'all', predictor: horizontal, dependency: Dependency.SOFT },
      { name: 'last', model: model('digits'), when: { output: 'locate.ink', atLeast: 0.01, below: 0.9 } },
    ],
    result: { label: 'last.label | all.label' },
    stageOutputs: false,
  });
  const transform = Transform.fromAsset('examples/transforms/paper');
  new PreprocessPrediction(stack, 'Chain', { transform, model: model('digits'), transformEnvironment: { LEVEL: '1' } });
  const retrieve = Transform.fromAsset('examples/transforms/archive');
  new PreprocessPrediction(stack, 'Proxied', {
    transform,
    retrieve,
    model: model('digits'),
    deadline: Duration.seconds(6),
  });
}
