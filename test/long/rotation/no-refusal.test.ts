import { afterAll, beforeAll, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
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
