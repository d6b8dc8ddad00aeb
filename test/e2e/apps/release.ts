import { Auth, Model, WebSingle } from '../../../lib';
import { addOutputs, app, fixture, model, newStack } from './test-app';

// One service; each release of it is this app with another model.
const release = process.env.MODEL ?? 'iris';
const stack = newStack('test-release');
const service = new WebSingle(stack, 'Service', {
  model: Model.fromAsset(release === 'iris' ? model('iris') : fixture(release)),
  serviceName: 'release',
  throttle: { rate: 1000, burst: 1000 },
  auth: Auth.none(),
});
addOutputs(stack, service);

app.synth();
