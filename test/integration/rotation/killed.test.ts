import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { killableRotations } from './killed-rotation.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server.stop());

/** All points are in test/long/rotation; these are spread over the steps. */
const POINTS = 6;

it('leaves a current version that works wherever an alternating rotation is killed, and ends well when run again', async () => {
  const rotations = await killableRotations(emulator, server, { strategy: 'alternating', finds: 'pair' });
  expect(rotations.writes).toBeGreaterThan(40);
  for (let point = 1; point <= POINTS; point += 1) {
    const at = Math.round((point * rotations.writes) / (POINTS + 1));
    const subject = await rotations.subject();
    const died = await subject.rotateAndDie(point % 2 === 0 ? `${at}+` : `${at}`);
    expect(died, `write ${at}`).toBe(true);
    expect(await subject.currentWorks(), `write ${at}`).toBe(true);
    await subject.converge();
  }
  await rotations.end();
});

it('ends well when run again after a single-user rotation was killed', async () => {
  const rotations = await killableRotations(emulator, server, { strategy: 'single', finds: 'user' });
  for (const share of [0.4, 0.75, 0.9]) {
    const at = Math.round(share * rotations.writes);
    const subject = await rotations.subject();
    expect(await subject.rotateAndDie(`${at}+`), `write ${at}`).toBe(true);
    await subject.converge();
  }
  await rotations.end();
});
