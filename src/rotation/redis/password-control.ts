/** Who changes the passwords of Redis: one shape for ElastiCache's two ways and for a self-managed server. */
import type { Secret } from '../../core/secret.js';

/** Each method ends when the change is in effect on every node, and may be called again. */
export interface PasswordControl {
  /** Both work from then on. No other one does. */
  admitBoth(current: Secret, pending: Secret): Promise<void>;
  /** Only this one works from then on. Connections that are open stay open. */
  admitOnly(password: Secret): Promise<void>;
  /** Waits for a change that somebody began before. */
  settle(): Promise<void>;
}
