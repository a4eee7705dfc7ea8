import { expect, it } from 'vitest';
import { worstExitCode } from '../../src/cli/exit-code.js';

it.each([
  [[], 0],
  [[0, 0], 0],
  [[0, 4], 4],
  [[4, 3, 0], 3],
  [[3, 2, 4], 2],
  [[3, 1, 2], 1],
  [[1, 130, 3], 130],
])('takes the worst of %j: %d', (codes, worst) => {
  expect(worstExitCode(codes)).toBe(worst);
});
