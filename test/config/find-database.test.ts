import { describe, expect, it } from 'vitest';
import { findDatabase } from '../../src/config/find-database.js';
import { loadObject } from './config-files.js';

describe('findDatabase', () => {
  const file = { environment: 'prod', databases: ['appdb', 'dw'].map((dbName) => ({ host: 'h', dbName })) };

  it('finds by name', async () => {
    const { config } = await loadObject(file);
    expect(findDatabase(config, 'dw').dbName).toBe('dw');
  });

  it('suggests the nearest name for an unknown one, and lists them all', async () => {
    const { config } = await loadObject(file);
    expect(() => findDatabase(config, 'appbd')).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_DATABASE',
        message: 'Environment prod has no database "appbd". Did you mean "appdb"? Known: appdb, dw.',
      }),
    );
  });

  it('says so when the config names no database', async () => {
    const { config } = await loadObject({});
    expect(() => findDatabase(config, 'x')).toThrow('The config has no database "x". It names none.');
  });
});
