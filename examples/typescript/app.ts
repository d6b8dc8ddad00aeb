import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Auth, Model, Predictor, Synchronous, WebSingle } from 'cdk-ml-serving';

const app = new App();
const stack = new Stack(app, 'Flowers');

// The shortest way: a folder with model.onnx, model.yaml and golden.json becomes a REST API, signed with IAM.
const service = new WebSingle(stack, 'Iris', { model: Model.fromAsset('models/iris') });
new CfnOutput(stack, 'Url', { value: service.url });

// The same with a deadline, open to anyone, at most 20 requests a second.
new Synchronous(stack, 'Digits', {
  model: Model.fromAsset('models/digits'),
  deadline: Duration.seconds(2),
  auth: Auth.none(),
  throttle: { rate: 20, burst: 40 },
});

// A predictor without a front, for your own functions and workflows.
const predictor = new Predictor(stack, 'Fast', { model: Model.fromAsset('models/digits-fast') });
predictor.predictTask(stack, 'AskTheFastOne');

app.synth();
