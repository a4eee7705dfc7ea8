import { describe, expect, it } from 'vitest';
import { loadObject, problemsOf } from '../config-files.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function objectivesOf(config: object, environment?: string) {
  const { config: loaded } = await loadObject(config, environment);
  return loaded.databases.map(({ objectives }) => objectives);
}

describe('objectives that nobody has set', () => {
  it.each([
    ['cron(0 3 * * ? *)', DAY + 2.4 * HOUR, 8 * DAY],
    ['rate(1 hour)', 2 * HOUR, 8 * DAY],
    ['cron(0 3 ? * SUN *)', 7.7 * DAY, 15.4 * DAY],
  ])('come from the schedule %s', async (schedule, backupAgeMs, proofAgeMs) => {
    expect(await objectivesOf({ databases: [{ host: 'h', dbName: 'd', schedule }] })).toEqual([
      { backupAgeMs, proofAgeMs },
    ]);
  });

  it('leave a backup the time that it may take', async () => {
    const databases = [{ host: 'h', dbName: 'd', schedule: 'rate(6 hours)', maxDuration: '4h' }];
    expect((await objectivesOf({ databases }))[0]?.backupAgeMs).toBe(10 * HOUR);
  });
});

describe('objectives that are set', () => {
  it('are taken from the entry, else the environment, else the top level, one by one', async () => {
    const config = {
      objectives: { backupAge: '26h', proofAge: '40d' },
      environments: {
        prod: {
          objectives: { backupAge: '2h' },
          databases: [
            { host: 'h', dbName: 'a' },
            { host: 'h', dbName: 'b', objectives: { proofAge: '2d' } },
          ],
        },
        test: { databases: [{ host: 'h', dbName: 'c' }] },
      },
    };
    expect(await objectivesOf(config, 'prod')).toEqual([
      { backupAgeMs: 2 * HOUR, proofAgeMs: 40 * DAY },
      { backupAgeMs: 2 * HOUR, proofAgeMs: 2 * DAY },
    ]);
    expect(await objectivesOf(config, 'test')).toEqual([{ backupAgeMs: 26 * HOUR, proofAgeMs: 40 * DAY }]);
  });

  it('may be turned off', async () => {
    const databases = [{ host: 'h', dbName: 'a', objectives: { backupAge: 'none', proofAge: 'none' } }];
    expect(await objectivesOf({ databases })).toEqual([{ backupAgeMs: undefined, proofAgeMs: undefined }]);
  });

  it('are refused when they are no time, with what to write', async () => {
    expect(await problemsOf({ objectives: { backupAge: 'never', proofAge: '0d' } })).toEqual([
      'objectives.backupAge: received "never". Give a number with its unit: d, h, m or s, for example 26h or 8d; or none.',
      'objectives.proofAge: received "0d". Give a number with its unit: d, h, m or s, for example 26h or 8d; or none.',
    ]);
  });
});

describe('limits of volume', () => {
  it('are taken from the entry, else the common ones, else the defaults', async () => {
    const { config } = await loadObject({
      volume: { maxRowDrop: 0.2, onDrop: 'fail' },
      databases: [
        { host: 'h', dbName: 'a' },
        { host: 'h', dbName: 'b', volume: { maxRowDrop: 1, onDrop: 'warn' } },
      ],
    });
    expect(config.databases.map(({ volume }) => volume)).toEqual([
      { maxRowDrop: 0.2, maxByteDrop: 0.5, onDrop: 'fail' },
      { maxRowDrop: 1, maxByteDrop: 0.5, onDrop: 'warn' },
    ]);
  });

  it('are refused when they are no share', async () => {
    expect(await problemsOf({ volume: { maxRowDrop: 50, onDrop: 'stop' } })).toEqual([
      'volume.maxRowDrop: received 50. Give a share from 0 to 1, for example 0.5.',
      'volume.onDrop: received "stop". Use one of: warn, fail.',
    ]);
  });
});
