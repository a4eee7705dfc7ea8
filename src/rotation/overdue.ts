/**
 * Whether a secret is rotated as often as it should be, judged from Secrets Manager alone and not from what jobs
 * report.
 */
import { DAY_MS } from '../core/times.js';
import type { DescribedSecret } from './protocol/secret-store.js';
import { PENDING, versionState, versionWith } from './protocol/version-state.js';

/** A rotation may wait for its window, and be tried again, before anybody is told. */
const GRACE_DAYS = 2;
/** How long a rotation may take, from AWSPENDING to its end. */
const UNFINISHED_AFTER_MS = DAY_MS;

export interface RotationAge {
  readonly secret: string;
  /** Since the last rotation; since the secret was made, where there was none. */
  readonly days: number;
  /** Why somebody should look; empty when all is well. */
  readonly problems: readonly string[];
}

export interface RotationRequirement {
  /** Whatever the secret's own schedule says. */
  readonly maxAgeDays: number;
  /** People supply its values: each new one counts as a rotation, and no schedule is expected. */
  readonly manual: boolean;
  /** When the current value was stored; counts where people supply them. */
  readonly valueCreatedAt?: Date | undefined;
}

export function judgeRotationAge(
  secret: DescribedSecret,
  { maxAgeDays, manual, valueCreatedAt }: RotationRequirement,
  now: Date,
): RotationAge {
  const since = (manual ? valueCreatedAt : secret.lastRotatedAt) ?? secret.createdAt;
  const age = since === undefined ? Infinity : now.getTime() - since.getTime();
  const days = age / DAY_MS;
  const problems: string[] = [];
  if (days > maxAgeDays + GRACE_DAYS) {
    const ever =
      since === secret.createdAt ? 'it has never been rotated' : `the last rotation was ${Math.floor(days)} days ago`;
    problems.push(`${ever}; at most ${maxAgeDays} days are allowed`);
  }
  if (!secret.rotationEnabled && !manual) problems.push('no rotation is enabled for it');
  if (secret.rotateAfterDays !== undefined && secret.rotateAfterDays > maxAgeDays) {
    problems.push(`it is scheduled every ${secret.rotateAfterDays} days; at most ${maxAgeDays} are allowed`);
  }
  const missed = secret.nextRotationAt === undefined ? 0 : now.getTime() - secret.nextRotationAt.getTime();
  if (missed > GRACE_DAYS * DAY_MS)
    problems.push(`the rotation due at ${secret.nextRotationAt?.toISOString()} has not taken place`);
  const pending = versionWith(secret.stages, PENDING);
  const unfinished = pending !== undefined && versionState(secret.stages, pending) === 'pending';
  if (unfinished && age > UNFINISHED_AFTER_MS && problems.length > 0) {
    problems.push(`a rotation has started but not finished (version ${pending})`);
  }
  return { secret: secret.name, days, problems };
}
