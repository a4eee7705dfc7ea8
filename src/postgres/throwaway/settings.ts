/** The settings of a throwaway server: nothing in it has to survive a crash, and nobody may reach it from outside. */

export interface SettingsInput {
  readonly directory: string;
  readonly port: number;
  readonly maxLocksPerTransaction: number;
  readonly maxConnections: number;
  /** Whether the clients run as another user of the server's group. */
  readonly groupMayConnect: boolean;
  /** Libraries, by the names that the source has for them. */
  readonly preload: readonly string[];
  readonly extra: Readonly<Record<string, string>>;
}

/** The arguments of `postgres`, one `-c name=value` for each setting. */
export function settingArguments(input: SettingsInput): string[] {
  const settings: Record<string, string> = {
    // Socket only, and only for the user that runs the server (and root).
    listen_addresses: '',
    unix_socket_permissions: input.groupMayConnect ? '0770' : '0700',

    // Speed at the price of safety: after a crash a new server is made, there is no recovery.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    archive_mode: 'off',
    autovacuum: 'off',
    max_wal_size: '8GB',
    checkpoint_timeout: '1d',
    shared_buffers: '256MB',
    maintenance_work_mem: '256MB',
    bgwriter_lru_maxpages: '0',
    jit: 'off',

    max_connections: String(input.maxConnections),
    max_locks_per_transaction: String(input.maxLocksPerTransaction),
    // A restored subscription must never reach its publisher.
    max_logical_replication_workers: '0',
    // POSIX segments would outlive a server that was killed, and containers have little room for them.
    dynamic_shared_memory_type: 'mmap',

    // What they start by themselves, such as the jobs of a scheduler, must not run in a copy.
    ...(input.preload.length > 0 && {
      shared_preload_libraries: input.preload.map((name) => `"${name}"`).join(', '),
      max_worker_processes: '0',
    }),

    // The log ends up in error messages: no rows (DETAIL) and no statements in it.
    log_destination: 'stderr',
    logging_collector: 'off',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    lc_messages: 'C',
    ...input.extra,
    unix_socket_directories: input.directory,
    port: String(input.port),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
