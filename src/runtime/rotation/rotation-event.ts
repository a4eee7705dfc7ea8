/** What Secrets Manager calls a rotation function with. */
import * as z from 'zod';
import { STEPS } from '../../rotation/protocol/state-machine.js';

export const rotationEventSchema = z.object({
  SecretId: z.string().min(1),
  ClientRequestToken: z.string().min(1),
  Step: z.enum(STEPS),
});

export type RotationEvent = z.output<typeof rotationEventSchema>;
