import { describe, expect, it } from 'vitest';
import { chooseServer } from '../../../src/backup/verify/throwaway-drill.js';
import type { PostgresPrograms, ProgramName } from '../../../src/postgres/client-programs.js';

const SERVER: readonly ProgramName[] = ['initdb', 'postgres'];

function installation(version: string, names: readonly ProgramName[] = SERVER): PostgresPrograms {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const directory = `/pg/${version}/bin`;
  const versionNum = major * 10_000 + minor;
  return {
    ...{ directory, major, version, versionNum },
    has: (name) => names.includes(name),
    program: (name) => `${directory}/${name}`,
  };
}

const dumpOf = (source: number, client: string) => ({
  server: { version: `${source}.1`, versionNum: source * 10_000 + 1 },
  client: { program: 'pg_dump' as const, version: client },
});

const INSTALLED = ['18.4', '15.14', '15.18', '17.6', '13.22'].map((version) => installation(version));

describe('15.3: the server of a drill', () => {
  it.each([
    ["is the source's major, of that the newest minor", 15, '15.2', undefined, '15.18', undefined],
    [
      'is a newer one if the client was newer than the source',
      15,
      '17.2',
      undefined,
      '17.6',
      /written by pg_dump 17\.2/,
    ],
    [
      'is the next newer one if none of that major is installed',
      14,
      '14.9',
      undefined,
      '15.18',
      /no server of version 14/,
    ],
    ['is the next newer one than the client if none of its major is', 13, '16.1', undefined, '17.6', /pg_dump 16\.1/],
    ['is the one that was asked for, without a note', 15, '15.2', 18, '18.4', undefined],
    ['may be as new as the client', 15, '17.2', 17, '17.6', undefined],
    [
      'goes by the source where the client has no version that can be read',
      15,
      'unknown',
      undefined,
      '15.18',
      undefined,
    ],
  ] as const)('%s', (_, source, client, wanted, version, note) => {
    const chosen = chooseServer(INSTALLED, dumpOf(source, client), wanted);
    expect(chosen.programs.version).toBe(version);
    if (note) expect(chosen.note).toMatch(note);
    else expect(chosen.note).toBeUndefined();
  });

  it.each([
    ['is older than the source', 15, '15.2', 13, 'USAGE', /restores into 15 or newer/],
    ['is older than the client', 15, '17.2', 15, 'USAGE', /restores into 17 or newer/],
    ['is not installed', 15, '15.2', 16, 'THROWAWAY_FAILED', /server of version 16, and none is installed/],
  ] as const)('is refused if the one that was asked for %s', (_, source, client, wanted, code, message) => {
    const choose = () => chooseServer(INSTALLED, dumpOf(source, client), wanted);
    expect(choose).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }));
  });

  it('has a server, not only the programs of a client', () => {
    const clients = [installation('15.18', ['pg_dump', 'psql']), installation('17.6')];
    expect(chooseServer(clients, dumpOf(15, '15.2')).programs.version).toBe('17.6');
    expect(() => chooseServer(clients.slice(0, 1), dumpOf(15, '15.2'))).toThrow(
      expect.objectContaining({ code: 'THROWAWAY_FAILED', hint: expect.stringContaining('postgresql-15') as string }),
    );
  });
});
