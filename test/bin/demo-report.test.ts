import { expect, test } from 'vitest';
import { type DemoRow, demoReport } from '../../bin/local/demo';

const iris: DemoRow = {
  service: 'iris',
  pattern: 'web-single',
  url: 'http://localhost:4566/restapis/abc/v1/_user_request_',
  auth: 'none',
  input: 'features [4.4, 3, 1.3, 0.2]',
  answer: 'setosa (0.977)',
  ms: 12,
  ok: true,
};

test('every service has a row, and open ones are named', () => {
  const closed: DemoRow = { ...iris, service: 'iris-iam', auth: 'iam', ok: false, answer: '403 {}' };
  const report = demoReport([iris, closed]);
  expect(report).toMatch(
    /^iris +web-single +http\S+ +features \[4\.4, 3, 1\.3, 0\.2\] +setosa \(0\.977\) +12 ms +yes$/m,
  );
  expect(report).toMatch(/^iris-iam .* 403 \{\} +12 ms +NO$/m);
  expect(report).toContain('Open to anyone on this machine, without authentication: iris.');
  expect(report).toContain('\nanswer: label (probability)\n');
  expect(report).toContain('With authentication: iris-iam (iam).');
});

test('the same picture is drawn once for all services that were asked with it', () => {
  const report = demoReport([
    { ...iris, service: 'digits', picture: '@@' },
    { ...iris, service: 'digits-fast', picture: '@@' },
  ]);
  expect(report).toContain('The input of digits, digits-fast:\n@@\n');
});

test('answers without a probability need no legend', () => {
  expect(demoReport([{ ...iris, answer: 'y [1.5]' }])).not.toContain('probability');
});

test('the url can be copied on a narrow terminal, too', () => {
  expect(demoReport([iris], 60)).toContain(iris.url);
});
