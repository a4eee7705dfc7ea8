import { describe, expect, it } from 'vitest';
import { settingArguments } from '../../../src/postgres/throwaway/settings.js';

const input = {
  directory: '/tmp/x',
  port: 5432,
  maxLocksPerTransaction: 64,
  maxConnections: 10,
  groupMayConnect: false,
  preload: [],
  extra: {},
};

describe("a throwaway server's settings", () => {
  it('can be changed by the caller, except for where its socket is', () => {
    const args = settingArguments({ ...input, extra: { fsync: 'on', unix_socket_directories: '/run', port: '1' } });
    expect(args).toContain('fsync=on');
    expect(args).not.toContain('fsync=off');
    expect(args).toContain('unix_socket_directories=/tmp/x');
    expect(args).toContain('port=5432');
    expect(args.filter((arg) => arg === '-c')).toHaveLength(args.length / 2);
  });

  it('keep it off the network and without replication to a publisher', () => {
    const args = settingArguments(input);
    expect(args).toContain('listen_addresses=');
    expect(args).toContain('max_logical_replication_workers=0');
  });

  it('15.7: let no library that it preloads start work of its own', () => {
    expect(settingArguments(input).join(' ')).not.toContain('max_worker_processes');
    const args = settingArguments({ ...input, preload: ['pgaudit', '$libdir/pg_cron'] });
    expect(args).toContain('shared_preload_libraries="pgaudit", "$libdir/pg_cron"');
    expect(args).toContain('max_worker_processes=0');
  });
});
