import { describe, expect, test } from 'vitest';
import { describeAnswer, describeTensor, difference, drawImage } from '../../bin/local/demo-text';
import type { Datatype, WireTensor } from '../../lambdas/shared/contract';

function tensor(name: string, data: readonly unknown[], datatype: Datatype = 'FP32'): WireTensor {
  return { name, datatype, shape: [data.length], data };
}

describe('comparison with the golden outputs', () => {
  const expected = [tensor('label', [2], 'INT64'), tensor('probabilities', [0.1, 0.9])];

  test('within the tolerance is right, whatever else comes back', () => {
    const actual = [tensor('extra', [1]), tensor('probabilities', [0.10005, 0.9]), tensor('label', [2], 'INT64')];
    expect(difference(expected, actual, 1e-4)).toBeUndefined();
  });

  test('nested data is the same as flat data', () => {
    expect(difference([tensor('x', [1, 2])], [tensor('x', [[1], [2]])], 0)).toBeUndefined();
  });

  test.each([
    ['a value', [tensor('label', [2], 'INT64'), tensor('probabilities', [0.2, 0.9])], 'probabilities[0] is 0.2'],
    ['a class', [tensor('label', [1], 'INT64'), tensor('probabilities', [0.1, 0.9])], 'label[0] is 1 instead of 2'],
    [
      'a row',
      [tensor('label', [2, 2], 'INT64'), tensor('probabilities', [0.1, 0.9])],
      'label has 2 values instead of 1',
    ],
    ['an output', [tensor('label', [2], 'INT64')], 'no output probabilities'],
    ['a number', [tensor('label', [2], 'INT64'), tensor('probabilities', [null, 0.9])], 'probabilities[0] is null'],
  ])('%s that differs is named', (_, actual, message) => {
    expect(difference(expected, actual, 1e-4)).toContain(message);
  });

  test('a tolerance does not hold for whole numbers', () => {
    expect(difference([tensor('label', [2], 'INT64')], [tensor('label', [3], 'INT64')], 5)).toBeDefined();
  });
});

describe('a tensor in a few words', () => {
  test('few values', () => expect(describeTensor(tensor('features', [4.400000095, 3]))).toBe('features [4.4, 3]'));

  test('many values', () => {
    const image = { name: 'image', datatype: 'FP32' as const, shape: [1, 1, 28, 28], data: new Array(784).fill(0) };
    expect(describeTensor(image)).toBe('image FP32 1×1×28×28');
  });
});

describe('an answer in a few words', () => {
  const labels = ['setosa', 'versicolor', 'virginica'];
  const specs = [
    { name: 'label', datatype: 'INT64' as const, shape: [-1], labels },
    { name: 'probabilities', datatype: 'FP32' as const, shape: [-1, 3], labels },
  ];

  test('the class with its probability, named once', () => {
    const answer = describeAnswer(
      [tensor('label', [2], 'INT64'), tensor('probabilities', [0, 0.0512, 0.94857])],
      specs,
    );
    expect(answer).toBe('virginica (0.949)');
  });

  test('class and probability that disagree are both shown', () => {
    const answer = describeAnswer([tensor('label', [0], 'INT64'), tensor('probabilities', [0.1, 0.9, 0])], specs);
    expect(answer).toBe('setosa, versicolor (0.9)');
  });

  test('without class names the values', () => {
    expect(describeAnswer([tensor('y', [1.5])], [])).toBe('y [1.5]');
  });
});

test('an image is drawn with two rows of pixels to a line, without empty lines around', () => {
  const pixels = [0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
  const spec = { input: 'image', width: 2, height: 6, channels: 1, scale: 1, layout: 'NCHW' as const };
  expect(drawImage(tensor('image', pixels), spec)).toBe('@');
  expect(drawImage(tensor('image', pixels), { ...spec, channels: 3 })).toBeUndefined();
});
