import { afterAll, beforeAll, expect, it } from 'vitest';
import { STEPS, type RotationStep } from '../../../src/rotation/protocol/state-machine.js';
import { useEmulator } from '../../helpers/emulator.js';
import { killableRotations, type KillableRotations } from './killed-rotation.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server.stop());

it('leaves a current version that works wherever an alternating rotation is killed, and ends well when run again', async () => {
  const rotations = await killableRotations(emulator, server, { strategy: 'alternating', finds: 'user', before: 1 });
  await killAt(
    rotations,
    { createSecret: [0.9], setSecret: [0.6, 0.95], testSecret: [0.5], finishSecret: [0.4, 0.8] },
    true,
  );
});

it('ends well when run again after a single-user rotation was killed', async () => {
  const rotations = await killableRotations(emulator, server, { strategy: 'single', finds: 'user', before: 1 });
  await killAt(rotations, { createSecret: [], setSecret: [0.8], testSecret: [], finishSecret: [0.4, 0.8] }, false);
});

/** @param shares of the writes of each step; all of them are in test/long/rotation */
async function killAt(
  rotations: KillableRotations,
  shares: Readonly<Record<RotationStep, readonly number[]>>,
  currentWorks: boolean,
): Promise<void> {
  const points = STEPS.flatMap((step) =>
    shares[step].map((share) => [step, Math.ceil(share * rotations.writes[step])] as const),
  );
  for (const [index, [step, write]] of points.entries()) {
    const side = index % 2 === 0 ? 'before' : 'after';
    const name = `${side} write ${write} of ${step}`;
    const subject = await rotations.subject();
    expect(await subject.rotateAndDie(step, write, side), name).toBeUndefined();
    if (currentWorks) expect(await subject.currentWorks(), name).toBe(true);
    await subject.converge();
  }
  await rotations.end();
}
