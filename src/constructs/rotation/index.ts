/** Rotations as constructs: one secret, all secrets of a data layer, and the watch over them. */
export { DataLayerRotations, type DataLayerRotationsProps } from './data-layer-rotations.js';
export { HoldfastFunction, type FunctionNetwork, type HoldfastFunctionProps } from './holdfast-function.js';
export { RotationWatch, type RotationWatchProps, type WatchedSecret } from './rotation-watch.js';
export type { RotationAccess } from './rotation-access.js';
export { SecretRotation, type SecretRotationProps } from './secret-rotation.js';
