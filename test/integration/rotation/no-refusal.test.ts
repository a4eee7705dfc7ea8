import { afterAll, beforeAll, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { rotateUnderClients } from './no-refusal.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server.stop());

it('refuses no connection of clients that read the secret at an interval, while it is rotated again and again', async () => {
  await rotateUnderClients(emulator, server, { rotations: 4, clients: 3 });
});
