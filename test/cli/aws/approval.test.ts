import { describe, expect, it } from 'vitest';
import { askApproval, needsApproval } from '../../../src/cli/aws/approval.js';
import type { Session } from '../../../src/cli/session.js';

describe('a change has to be approved', () => {
  it.each([
    ['never', 'broadening', false],
    ['broadening', 'broadening', true],
    ['broadening', 'non-broadening', false],
    ['broadening', 'none', false],
    ['any-change', 'non-broadening', true],
    ['any-change', 'broadening', true],
    ['any-change', 'none', false],
  ] as const)('with %s and permissions that change like %s: %s', (level, change, expected) => {
    expect(needsApproval(level, change)).toBe(expected);
  });
});

it('is refused with the way out where there is no terminal', async () => {
  const session = { stdin: { isTTY: false }, stderr: { isTTY: false } } as unknown as Session;
  await expect(askApproval(session, 'the-stack', '')).rejects.toMatchObject({
    code: 'APPROVAL_NEEDED',
    exitCode: 2,
    hint: expect.stringContaining('--require-approval never') as string,
  });
});
