/** Hundreds of rounds in which rotations, edits, kills and clients meet at random. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from '../../integration/rotation/password-server.js';
import { rotatePostgresAtRandom, rotateRedisAtRandom } from '../../integration/rotation/random-cases.js';
import { startRedisServer, type RedisServer } from '../../integration/rotation/redis-server.js';

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

/** Each in a test of its own, so that each ends in minutes; HOLDFAST_TEST_SEED moves all of them. */
const FIRST = Number(process.env.HOLDFAST_TEST_SEED ?? 1000);
const seeds = Array.from({ length: 10 }, (_, index) => FIRST + index);
const ROUNDS = 30;

describe.each(['alternating', 'single'] as const)('%s', (strategy) => {
  it.each(seeds)('17: holds in 30 random rounds from the seed %i', async (seed) => {
    const happened = await rotatePostgresAtRandom(emulator, server, strategy, {
      seed,
      rounds: ROUNDS,
      processes: true,
    });
    console.log(`${strategy}, seed ${seed}: ${JSON.stringify(happened)}`);
    expect(happened.died).toBeGreaterThan(ROUNDS / 4);
    expect(happened.edits).toBeGreaterThan(ROUNDS / 4);
  });
});

it.each(seeds)('17: holds for Redis in 30 random rounds from the seed %i', async (seed) => {
  const happened = await rotateRedisAtRandom(emulator, redis, { seed, rounds: ROUNDS, processes: true });
  console.log(`Redis, seed ${seed}: ${JSON.stringify(happened)}`);
  expect(happened.died).toBeGreaterThan(ROUNDS / 4);
});
