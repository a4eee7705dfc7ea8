/** The catalog: the controls of each service, in the order in which their files define them. */
import { controls as aurora } from './aurora/controls.js';
import { controls as backup } from './backup/controls.js';
import { controls as codebuild } from './codebuild/controls.js';
import { controls as dynamodb } from './dynamodb/controls.js';
import { controls as iam } from './iam/controls.js';
import { controls as kms } from './kms/controls.js';
import { controls as literals } from './literals/controls.js';
import { controls as logs } from './logs/controls.js';
import type { Control } from './model/control.js';
import { controls as network } from './network/controls.js';
import { controls as redis } from './redis/controls.js';
import { controls as s3 } from './s3/controls.js';
import { controls as secrets } from './secrets/controls.js';

/** Every control, service by service. */
export const CONTROLS: readonly Control[] = [
  ...kms,
  ...aurora,
  ...dynamodb,
  ...s3,
  ...redis,
  ...secrets,
  ...iam,
  ...codebuild,
  ...backup,
  ...network,
  ...logs,
  ...literals,
];
