/** What came out of a control for one resource. */
import type { FactSource } from './facts.js';
import type { UnknownReason } from './reading.js';

/**
 * - `absent`: there is no such resource, and the config declares none.
 * - `not-evaluated`: something that the control needs could not be read.
 * - `waived`: it fails, and a waiver in force or the resource's own template says why that is accepted; or the
 *   requirement cannot be met by such a resource at all.
 */
export type Status = 'pass' | 'fail' | 'waived' | 'not-evaluated' | 'absent';

export interface Finding {
  readonly control: string;
  readonly status: Status;
  readonly source: FactSource;
  /** Id of the resource; absent where the control found none. */
  readonly resource?: string;
  /** The template that it is in. */
  readonly file?: string;
  /** What people call it. */
  readonly resourceName?: string;
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
  readonly unknown?: UnknownReason;
  /** The resource's owner has opted out of the requirement by name, in the template. */
  readonly optedOut?: boolean;
  /** Opt-out, waiver, failed waiver, acceptance or exemption, in words. */
  readonly note?: string;
}
