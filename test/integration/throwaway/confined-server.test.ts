/** A confined throwaway server, asked from inside what it can reach: the superuser runs programs of the system there. */
import { expect, it, onTestFinished } from 'vitest';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import { openDatabase, serverPrograms } from '../../helpers/postgres.js';

const programs = await serverPrograms();

it('tries', async () => {
  const server = await startThrowawayServer({ programs, confinement: 'required' });
  onTestFinished(() => server.stop());
  const db = openDatabase(server, 'postgres');
  console.log(server.confinement, server.user, server.host);
  const run = async (c: string) => {
    const client = await db.client();
    await client.query('CREATE TEMP TABLE t (l text)');
    try { await client.query(`COPY t FROM PROGRAM $x$( ${c} ) 2>&1 | head -c 3000 | tr -d '\\\\' ; true$x$`); } catch (e) { return String(e); }
    const { rows } = await client.query('SELECT l FROM t');
    await client.end();
    return rows.map((r: {l: string}) => r.l).join('\n');
  };
  for (const c of ['id', 'cat /proc/self/status', 'ls -la ' + server.host, 'ls -la ' + server.host + '/data | head -3', 'env', 'ls -l /proc/self/fd', 'cat /etc/shadow', 'ls /root /tmp', 'perl -MSocket -e \'socket(S, PF_INET, SOCK_STREAM, 0) or die $!\'', 'ulimit -a', 'rm -f ' + server.host + '/.s.PGSQL.5432; ls -a ' + server.host]) {
    console.log(c, '->\n', await run(c));
  }
  console.log(server.logTail());
});
