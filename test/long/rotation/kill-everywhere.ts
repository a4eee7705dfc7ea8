/** Rotations killed at every write of every step, as tests: one a step, so that each ends in minutes. */
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
   * other leave the same. So either side has all points, but for the last write of all.
   */
  readonly side: Side;
  /** The steps in which the current version has to work wherever the process dies. */
  readonly currentWorksIn: readonly RotationStep[];
}

/** On a slow machine the points of a step with many take longer than one test may. Each part has every fourth one. */
const PARTS: Readonly<Record<RotationStep, number>> = {
  createSecret: 1,
  setSecret: 4,
  testSecret: 1,
  finishSecret: 4,
};

/** Points between two lines that say how far it is. */
const PROGRESS_EVERY = 20;

export function killEverywhere(title: string, { side, currentWorksIn, ...rotation }: KillEverywhere): void {
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
      Array.from({ length: PARTS[step] }, (_, part) => {
        const what = `${side} each write of ${step}`;
        return [PARTS[step] > 1 ? `${what}, part ${part + 1} of ${PARTS[step]}` : what, { step, part }] as const;
      }),
    );
    it.each(cases)('ends well when run again after it was killed %s', async (what, { step, part }) => {
      const name = `${title}, ${what}`;
      const all = rotations.writes[step];
      const killed: number[] = [];
      let working = 0;
      // Until one has ended: then the step has no write of that number.
      for (let write = part + 1; ; write += PARTS[step]) {
        const subject = await rotations.subject();
        const ended = await subject.rotateAndDie(step, write, side);
        if (ended) {
          // One whose number of writes varies could have more of them in another part.
          expect(ended[step], `${name}: writes of the one that ended, and of the first one`).toBe(all);
          break;
        }
        const works = await subject.currentWorks();
        if (currentWorksIn.includes(step)) expect(works, `the current version after write ${write}`).toBe(true);
        if (works) working += 1;
        await subject.converge();
        killed.push(write);
        if (killed.length % PROGRESS_EVERY === 0) console.log(`${name}: at ${write} of ${all}`);
      }
      expect(killed.at(-1)).toBeGreaterThan(all - PARTS[step]);
      expect(killed.length).toBeGreaterThan(5);
      console.log(`${name}: ${killed.length} kills, the current version worked after ${working}`);
    });
  });
}
