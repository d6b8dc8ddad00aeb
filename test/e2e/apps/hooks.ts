import path from 'node:path';
import { Auth, Hook, Model, WebSingle } from '../../../lib';
import { addOutputs, app, model, newStack } from './test-app';

const hook = (name: string): Hook => Hook.fromAsset(path.join(process.env.HOOKS ?? '', name));

// Records in, species out; each release of it is this app with another hook behind the model.
const stack = newStack('test-hooks');
const flowers = new WebSingle(stack, 'Flowers', {
  model: Model.fromAsset(model('iris')),
  serviceName: 'flowers',
  preprocess: hook('flower.ts'),
  postprocess: hook(process.env.POSTPROCESS ?? 'species.ts'),
  throttle: { rate: 1000, burst: 1000 },
  auth: Auth.none(),
});
addOutputs(stack, flowers);

// Images, with an answer of its own.
const images = newStack('test-image-hooks');
const digits = new WebSingle(images, 'Digits', {
  model: Model.fromAsset(model('digits')),
  serviceName: 'digit-hooks',
  preprocess: hook('digit.mjs'),
  auth: Auth.none(),
});
addOutputs(images, digits);

app.synth();
