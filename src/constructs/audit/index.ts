/** The audit at synth. */
export { HoldfastChecks, type HoldfastChecksProps } from './holdfast-checks.js';
