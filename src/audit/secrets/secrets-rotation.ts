import { DAY_MS } from '../../core/times.js';
import { ROTATION_TAG } from '../../policies/index.js';
import { type ControlContext, defineControl } from '../model/control.js';
import { UnknownReading, valueOf } from '../model/reading.js';
import type { SecretFact } from './facts.js';

export const secretsRotation = defineControl({
  id: 'secrets-rotation',
  title: 'Secrets rotate at least every 30 days (every 90 days if supplied by hand), and the last rotation succeeded.',
  severity: 'medium',
  references: {
    pci: ['8.6.3'],
    soc2: ['CC6.1'],
    nist: ['IA-5'],
    iso: ['A.5.17'],
    runbook: ['6.1'],
    knownAs: ['SH SecretsManager.1/2/4', 'CKV2_AWS_57'],
  },
  remediation:
    'Turn on rotation with an interval of at most 30 days; if a rotation failed, see the log of the rotation function.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  *check(secret, context) {
    const rotation = valueOf(secret.rotation);
    const isManual = valueOf(secret.tags)[ROTATION_TAG] === 'manual';
    if (!rotation?.enabled && !isManual) {
      yield 'It does not rotate.';
      return;
    }
    if (rotation?.days !== undefined && rotation.days > MAX_DAYS)
      yield `It rotates every ${rotation.days} days; at most ${MAX_DAYS} are allowed.`;
    if (context.facts.source === 'live') yield* stateProblems(secret, rotation?.days, isManual, context);
    // The interval may be any number of days.
    if (rotation?.enabled && rotation.days === undefined)
      throw new UnknownReading({ reason: 'Its rotation rules do not give an interval.' });
  },
});

function* stateProblems(
  secret: SecretFact,
  days: number | undefined,
  isManual: boolean,
  { facts }: ControlContext,
): Iterable<string> {
  if (valueOf(secret.pendingVersion)) yield 'A rotation has started but not finished.';
  const limit = isManual ? MAX_MANUAL_DAYS : (days ?? MAX_DAYS);
  const since = valueOf(isManual ? secret.lastChanged : secret.lastRotated) ?? valueOf(secret.created);
  const age = since && (facts.readAt.getTime() - since.getTime()) / DAY_MS;
  // One day of grace: a rotation may run at any time on its last day.
  if (age !== undefined && age > limit + 1)
    yield `Its value is ${Math.floor(age)} days old; at most ${limit} are allowed${isManual ? ' for a secret supplied by hand' : ''}.`;
}

const MAX_DAYS = 30;
/** For values that someone else issues and people enter. */
const MAX_MANUAL_DAYS = 90;
