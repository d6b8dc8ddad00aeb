/** A request for `poison`: y = 100 * index + sum of x. An index above 9 fails the run, many iterations make it slow. */
export const poison = (index: number, iterations = 0, x: readonly number[] = [1, 2, 3, 4]) => ({
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 4], data: x },
    { name: 'index', datatype: 'INT64', shape: [1], data: [index] },
    { name: 'iterations', datatype: 'INT64', shape: [1], data: [iterations] },
  ],
});
