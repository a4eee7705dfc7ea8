/** A few rounds of what test/long/rotation/random.test.ts does for hundreds. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { rotatePostgresAtRandom, rotateRedisAtRandom } from './random-cases.js';
import { startRedisServer, type RedisServer } from './redis-server.js';

const emulator = useEmulator();
let server: PasswordServer;
let redis: RedisServer;
beforeAll(async () => {
  [server, redis] = await Promise.all([startPasswordServer(), startRedisServer()]);
});
afterAll(async () => {
  await server?.stop();
  await redis?.stop();
});

const few = { seed: 17, rounds: 4, processes: false };
/** A round takes seconds on a machine that has other work. */
const LIMIT_MS = 240_000;

it.each(['alternating', 'single'] as const)(
  '17: leaves what is current working, others alone and no field lost in random rounds of %s',
  async (strategy) => {
    const happened = await rotatePostgresAtRandom(emulator, server, strategy, few);
    expect(happened.rotated + happened.died + happened.failed).toBeGreaterThanOrEqual(2 * few.rounds);
    expect(happened.died).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

it(
  '17: leaves what is current working, others alone and no field lost in random rounds of Redis',
  async () => {
    const happened = await rotateRedisAtRandom(emulator, redis, few);
    expect(happened.died).toBeGreaterThan(0);
    expect(happened.looks).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
