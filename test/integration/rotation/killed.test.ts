import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { killableRotation } from './killed-rotation.js';
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
  const rotation = await killableRotation(emulator, server, { kind: 'postgres', sslmode: 'disable' });
  expect(rotation.writes).toBeGreaterThan(40);
  for (let point = 1; point <= POINTS; point += 1) {
    const at = Math.round((point * rotation.writes) / (POINTS + 1));
    const died = await rotation.rotateAndDie(point % 2 === 0 ? `${at}+` : `${at}`);
    expect(died, `write ${at}`).toBe(true);
    expect(await rotation.currentWorks(), `write ${at}`).toBe(true);
    await rotation.converge();
  }
});

it('ends well when run again after a single-user rotation was killed', async () => {
  const rotation = await killableRotation(emulator, server, { kind: 'postgres', strategy: 'single' });
  for (const share of [0.4, 0.75, 0.9]) {
    const at = Math.round(share * rotation.writes);
    expect(await rotation.rotateAndDie(`${at}+`), `write ${at}`).toBe(true);
    await rotation.converge();
  }
});
