/** A hot standby of a server: what a reader of an Aurora cluster, or a replica on RDS, is to a rotation. */
import { chmodSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import { serverPrograms, type TestServer } from '../../helpers/postgres.js';
import { reloadConfiguration } from '../../helpers/reload.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import type { PasswordServer } from './password-server.js';

/** Settings of a server that a standby may follow. */
export const PRIMARY_SETTINGS = { wal_level: 'replica', max_wal_senders: '4' } as const;

/** Starts one; the caller stops it. @param primary started with `PRIMARY_SETTINGS` */
export async function startStandby(primary: PasswordServer): Promise<TestServer> {
  const { server } = primary;
  const rows = await primary.query<{ hba_file: string }>('postgres', 'SHOW hba_file');
  await appendFile(rows[0]?.hba_file ?? '', `local replication ${server.superuser} trust\n`);
  await reloadConfiguration(server);
  const installed = await serverPrograms();
  // Any user's, as the server runs as another one where we are root.
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const copy = join(directory, 'copy');
  writeFileSync(
    copy,
    `#!/bin/sh
for argument; do
  case $argument in --pgdata=*) data=\${argument#--pgdata=} ;; esac
done
exec '${join(installed.directory, 'pg_basebackup')}' --host='${server.host}' --port=${server.port} \\
  --username='${server.superuser}' --pgdata="$data" --write-recovery-conf --checkpoint=fast --no-sync
`,
    { mode: 0o755 },
  );
  return startThrowawayServer({
    // Its cluster is a copy of the other, and not a new one.
    programs: { ...installed, program: (name) => (name === 'initdb' ? copy : installed.program(name)) },
    superuser: server.superuser,
    // A standby refuses to start with less than its primary has.
    maxLocksPerTransaction: 4096,
    maxConnections: 60,
    settings: PRIMARY_SETTINGS,
  });
}
