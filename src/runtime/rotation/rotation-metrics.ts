/** The namespace of the metrics of rotations, by which alarms find them. */
export const METRICS_NAMESPACE = 'Holdfast/Rotation';
