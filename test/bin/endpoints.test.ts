import type { Stack } from '@aws-sdk/client-cloudformation';
import { expect, test } from 'vitest';
import { endpointsOf } from '../../bin/local/endpoints';
import { targetAt } from '../../bin/local/target';

const output = {
  service: 'iris',
  pattern: 'web-single',
  model: 'iris',
  auth: 'none',
  apiId: 'a1b2',
  stage: 'v1',
  resources: { predictor: 'iris-fn' },
};

function stack(value?: string): Stack {
  const Outputs = value === undefined ? [] : [{ OutputKey: 'Serving', OutputValue: value }];
  return { StackName: 'iris', CreationTime: new Date(), StackStatus: 'CREATE_COMPLETE', Outputs };
}

test('services by name, with the url that a path of the protocol is appended to', () => {
  const target = targetAt('http://localhost:4570/');
  expect(endpointsOf(target, [stack(JSON.stringify(output)), stack()])).toEqual({
    endpointUrl: 'http://localhost:4570',
    region: 'us-east-1',
    services: {
      iris: {
        pattern: 'web-single',
        url: 'http://localhost:4570/restapis/a1b2/v1/_user_request_',
        model: 'iris',
        auth: 'none',
        resources: { predictor: 'iris-fn' },
      },
    },
  });
});

test('an output that is not JSON names its stack', () => {
  expect(() => endpointsOf(targetAt('http://localhost:4566'), [stack('{oops')])).toThrow(/stack iris .*\{oops/);
});
