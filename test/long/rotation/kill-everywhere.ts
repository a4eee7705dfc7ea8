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

/** setSecret writes more than all others: on a slow machine its points take longer than one test may. */
const PARTS: Readonly<Record<RotationStep, number>> = {
  createSecret: 1,
  setSecret: 4,
  testSecret: 1,
  finishSecret: 1,
};

/** Points between two lines that say how far it is. */
const PROGRESS_EVERY = 20;

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

    const cases = STEPS.flatMap((step) =>
      sides.flatMap((side) =>
        Array.from({ length: PARTS[step] }, (_, part) => {
          const what = `${side} each write of ${step}`;
          return [
            PARTS[step] > 1 ? `${what}, part ${part + 1} of ${PARTS[step]}` : what,
            { step, side, part },
          ] as const;
        }),
      ),
    );
    it.each(cases)('ends well when run again after it was killed %s', async (what, { step, side, part }) => {
      const all = rotations.pointsOf(step, side);
      const cut = (index: number) => Math.round((all.length * index) / PARTS[step]);
      const points = all.slice(cut(part), cut(part + 1));
      expect(points.length).toBeGreaterThan(5);
      const name = `${title}, ${what}`;
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
