/** `holdfast/constructs`: what an app of one's own is built with. */
export { loadConfig, loadInlineConfig, type HoldfastConfig } from '../config/index.js';
export * from './audit/index.js';
export * from './backup/index.js';
export * from './data-layer/index.js';
export * from './rotation/index.js';
export { AlarmTopic, type AlarmTopicProps } from './shared/alarm-topic.js';
export { OperationsKey, type OperationsKeyProps } from './shared/operations-key.js';
export { HoldfastError } from '../core/errors.js';
export type { Writer } from '../policies/writer.js';
