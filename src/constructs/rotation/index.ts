/** Rotations as constructs: of one secret, and the watch over all. */
export { HoldfastFunction, type FunctionNetwork, type HoldfastFunctionProps } from './holdfast-function.js';
export { RotationWatch, type RotationWatchProps, type WatchedSecret } from './rotation-watch.js';
export type { RotationAccess } from './rotation-access.js';
export type { RotationSettingsInput } from '../../rotation/settings.js';
export { SecretRotation, type SecretRotationProps } from './secret-rotation.js';
