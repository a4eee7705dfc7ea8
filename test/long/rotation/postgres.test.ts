import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { killableRotation } from '../../integration/rotation/killed-rotation.js';
import { rotateUnderClients } from '../../integration/rotation/no-refusal.js';
import { startPasswordServer, type PasswordServer } from '../../integration/rotation/password-server.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server.stop());

it('refuses no connection of steady clients during 50 rotations', async () => {
  await rotateUnderClients(emulator, server, { rotations: 50, clients: 4 });
});

it('leaves a current version that works at every point at which an alternating rotation can be killed', async () => {
  const rotation = await killableRotation(emulator, server, { kind: 'postgres' });
  for (let at = 1; at <= rotation.writes; at += 1) {
    for (const point of [`${at}`, `${at}+`]) {
      await rotation.rotateAndDie(point);
      expect(await rotation.currentWorks(), `write ${point}`).toBe(true);
      await rotation.converge();
    }
  }
});

it('ends well when run again after a single-user rotation was killed at any point', async () => {
  const rotation = await killableRotation(emulator, server, { kind: 'postgres', strategy: 'single' });
  for (let at = 1; at <= rotation.writes; at += 1) {
    await rotation.rotateAndDie(`${at}+`);
    await rotation.converge();
  }
});
