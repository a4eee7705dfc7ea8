/** Rotations killed at every write of every step, as tests: one a step and side, so that each ends in minutes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STEPS, type RotationStep } from '../../../src/rotation/protocol/state-machine.js';
import { useEmulator } from '../../helpers/emulator.js';
import {
  killableRotations,
  type KillableCase,
  type KillableRotations,
  type Side,
} from '../../integration/rotation/killed-rotation.js';
import { startPasswordServer, type PasswordServer } from '../../integration/rotation/password-server.js';

export interface KillEverywhere extends KillableCase {
  /**
   * What comes from outside between a write and the next one changes nothing there: right after the one and before the
   * other leave the same. So one of the sides has all points.
   */
  readonly sides: readonly Side[];
  /** The steps in which the current version has to work wherever the process dies. */
  readonly currentWorksIn: readonly RotationStep[];
}

/** Points between two lines that say how far it is. */
const PROGRESS_EVERY = 25;

export function killEverywhere(title: string, { sides, currentWorksIn, ...rotation }: KillEverywhere): void {
  describe(title, () => {
    const emulator = useEmulator();
    let server: PasswordServer;
    let rotations: KillableRotations;
    beforeAll(async () => {
      server = await startPasswordServer();
      rotations = await killableRotations(emulator, server, rotation);
    });
    afterAll(async () => {
      await rotations?.end();
      await server?.stop();
    });

    const cases = STEPS.flatMap((step) => sides.map((side) => ({ step, side })));
    it.each(cases)('ends well when run again after it was killed $side each write of $step', async ({ step, side }) => {
      const points = rotations.pointsOf(step, side);
      expect(points.length).toBeGreaterThan(10);
      const name = `${title}, ${side} each write of ${step}`;
      let working = 0;
      for (const [index, at] of points.entries()) {
        const subject = await rotations.subject();
        expect(await subject.rotateAndDie(at), `killed at write ${at}`).toBe(true);
        const works = await subject.currentWorks();
        if (currentWorksIn.includes(step)) expect(works, `the current version after write ${at}`).toBe(true);
        if (works) working += 1;
        await subject.converge();
        if ((index + 1) % PROGRESS_EVERY === 0) console.log(`${name}: ${index + 1} of ${points.length}`);
      }
      console.log(`${name}: ${points.length} kills, the current version worked after ${working}`);
    });
  });
}
