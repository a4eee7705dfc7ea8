/** A confined throwaway server, asked from inside what it can reach: its superuser runs programs of the system there. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runProcess } from '../../../src/core/child-process.js';
import { confine } from '../../../src/postgres/throwaway/confinement/confine.js';
import type { ThrowawayServer } from '../../../src/postgres/throwaway/options.js';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import { openDatabase, serverPrograms, sharedServer } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const programs = await serverPrograms();
const asRoot = process.getuid?.() === 0;

let server: ThrowawayServer;
beforeAll(async () => {
  server = await startThrowawayServer({ programs, confinement: 'required' });
});
afterAll(() => server?.stop());

/** Runs a shell script as hostile code does, and returns all that it printed, and its status in the last line. */
async function inside(script: string, where = server): Promise<string> {
  const client = await openDatabase(where, 'postgres').client();
  try {
    await client.query('CREATE TEMP TABLE said (line text)');
    const program = `(\n${script}\n) 2>&1 | sed 's/\\\\/\\\\\\\\/g'`;
    await client.query(`COPY said FROM PROGRAM ${client.escapeLiteral(program)}`);
    const { rows } = await client.query<{ line: string }>('SELECT line FROM said');
    return rows.map(({ line }) => line).join('\n');
  } finally {
    // A program that goes on in the background has this connection open as well, and an end would wait for it.
    client.connection.stream.destroy();
  }
}

/** A Perl program in the script; without modules that a plain system lacks. */
const perl = (program: string) => `perl -e '${program}'`;

describe('restored code', () => {
  it('A4: reaches no service on 127.0.0.1, and opens no socket but AF_UNIX', async () => {
    let connections = 0;
    const listener = createServer(() => connections++);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as AddressInfo;
    const connect = perl(
      `use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0) or die "socket: $!\\n"; connect($s, pack_sockaddr_in(${port}, inet_aton("127.0.0.1"))) or die "connect: $!\\n"; print "connected\\n"`,
    );
    // The same text connects where nothing confines it, so that the refusal means something.
    const { stdout } = await runProcess({ command: '/bin/sh', args: ['-c', connect], env: { PATH: '/usr/bin:/bin' } });
    expect(stdout).toBe('connected\n');
    await expect.poll(() => connections).toBe(1);

    expect(await inside(connect)).toBe('socket: Permission denied');
    // AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK
    const families = `for my $f (2, 10, 16, 17, 38, 40) { print socket(my $s, $f, 1, 0) ? "open" : $!{EACCES} ? "refused" : "$!", "\\n" }`;
    expect(await inside(perl(`use Socket; use Errno; ${families}`))).toBe(Array(6).fill('refused').join('\n'));
    expect(connections).toBe(1);
  });

  it("A4: connects to no AF_UNIX socket either: neither another server's nor its own", async () => {
    const place = join(temporaryDirectory(), 's');
    let connections = 0;
    const listener = createServer(() => connections++);
    await new Promise<void>((resolve) => listener.listen(place, resolve));
    onTestFinished(() => void listener.close());
    for (const path of [join(place, '..', '..'), join(place, '..')]) chmodSync(path, 0o777);
    chmodSync(place, 0o777);
    const other = `${sharedServer().host}/.s.PGSQL.${sharedServer().port}`;
    for (const path of [place, other, `${server.host}/.s.PGSQL.${server.port}`, '\\0abstract']) {
      const connect = `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; print connect($s, pack_sockaddr_un("${path}")) ? "connected" : "$!"`;
      expect(await inside(perl(connect)), path).toBe('Permission denied');
      const send = `use Socket; socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; print send($s, "x", 0, pack_sockaddr_un("${path}")) ? "sent" : "$!"`;
      expect(await inside(perl(send)), path).toBe('Permission denied');
    }
    expect(connections).toBe(0);
  });

  it('A4: finds no open file of ours, and no other socket than that of its own log', async () => {
    const links = await openDescriptors(server);
    expect(links.length).toBeGreaterThan(5);
    const sockets = links.filter(({ target }) => target.startsWith('socket:'));
    // The server's own: one that listens, and one for each client; the log goes to us by another.
    const inherited = sockets.filter(({ fd }) => fd <= 2);
    expect(inherited.map(({ fd }) => fd)).toEqual([2]);
    for (const { target } of links) {
      expect(target).toMatch(
        new RegExp(`^(socket:|pipe:|anon_inode:|/dev/null$|/dev/zero \\(deleted\\)$|${server.host}/)`),
      );
    }
  });

  it.each([
    ['io_uring', 425, 'Function not implemented'],
    ['ptrace', process.arch === 'x64' ? 101 : 117, 'Operation not permitted'],
    ['process_vm_writev', process.arch === 'x64' ? 311 : 271, 'Operation not permitted'],
    ['keyctl', process.arch === 'x64' ? 250 : 219, 'Operation not permitted'],
    ['bpf', process.arch === 'x64' ? 321 : 280, 'Operation not permitted'],
    ['userfaultfd', process.arch === 'x64' ? 323 : 282, 'Operation not permitted'],
    ['mount', process.arch === 'x64' ? 165 : 40, 'Operation not permitted'],
    ['setns', process.arch === 'x64' ? 308 : 268, 'Operation not permitted'],
    ['pidfd_getfd', 438, 'Operation not permitted'],
    ['clone3', 435, 'Function not implemented'],
  ])('A4: is refused %s', async (_name, number, reason) => {
    expect(await inside(perl(`print syscall(${number}, 0, 0, 0, 0, 0) < 0 ? "$!" : "done"`))).toBe(reason);
  });

  it('A4: makes no namespace, by unshare or by clone', async () => {
    expect(await inside('unshare -Un true')).toMatch(/Operation not permitted/);
    const clone = process.arch === 'x64' ? 56 : 220;
    const flags = `0x10000000 | 17`;
    expect(
      await inside(
        perl(`my $p = syscall(${clone}, ${flags}, 0, 0, 0, 0); exit 0 if $p == 0; print $p < 0 ? "$!" : "done"`),
      ),
    ).toBe('Operation not permitted');
  });

  it.runIf(process.arch === 'x64')('A4: is killed where it calls the kernel by another ABI', async () => {
    // x32: the number of getpid with the bit that marks it.
    const said = await inside(
      `${perl('print "before\\n"; $| = 1; syscall(0x40000000 | 39); print "after\\n"')}; echo status $?`,
    );
    expect(said).not.toContain('after');
    expect(said).toMatch(/status 159$/m);
  });

  it('A4: reads no environment of a process, ours least of all, and no file of others', async () => {
    const secret = join(temporaryDirectory(), 'secret');
    // Open to everybody: that it cannot be read is not for its mode.
    writeFileSync(secret, 'of-somebody-else', { mode: 0o644 });
    chmodSync(join(secret, '..'), 0o755);
    const own = `${process.env.HOME ?? '/root'}/.pgpass`;
    for (const path of [
      `/proc/${process.pid}/environ`,
      '/proc/1/environ',
      '/proc/self/environ',
      secret,
      own,
      '/etc/shadow',
    ]) {
      expect(await inside(`cat ${path}`), path).toMatch(/Permission denied|No such file/);
    }
    expect(await inside(`cat ${secret}`)).toMatch(/Permission denied/);
    expect(await inside('cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline')).toMatch(/Permission denied|No such file/);
    const client = await openDatabase(server, 'postgres').client();
    onTestFinished(() => client.end());
    await expect(client.query(`SELECT pg_read_file('${secret}')`)).rejects.toThrow(/Permission denied/);
    await expect(client.query(`SELECT pg_read_file('/proc/${process.pid}/environ')`)).rejects.toThrow(
      /Permission denied/,
    );
  });

  it('A4: writes nothing outside of the drill', async () => {
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    await inside(`touch ${open}/marker /tmp/holdfast-marker /dev/shm/holdfast-marker /var/tmp/holdfast-marker`);
    expect(readdirSync(open)).toEqual([]);
    for (const place of ['/tmp', '/dev/shm', '/var/tmp'])
      expect(existsSync(join(place, 'holdfast-marker'))).toBe(false);
  });

  it('A3: cannot put a server of its own in the place of the socket', async () => {
    const socket = `${server.host}/.s.PGSQL.${server.port}`;
    const before = statSync(socket).ino;
    const fake = `use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; print bind($s, pack_sockaddr_un("${socket}")) ? "bound" : "$!"`;
    await inside(`rm -f ${socket}`);
    await inside(`mv ${socket} ${server.host}/data/away`);
    await inside(`mv ${server.host} ${server.host}.away`);
    expect(await inside(perl(fake))).toMatch(/Address already in use|Permission denied/);
    expect(statSync(socket).ino).toBe(before);
  });

  it('A3: plants no password file for the programs that come after it', async () => {
    await inside(
      `printf '*:*:*:*:planted' > $HOME/.pgpass; chmod 600 $HOME/.pgpass; echo '\\! touch data/psqlrc' > $HOME/.psqlrc`,
    );
    const environment = server.environment();
    expect(Object.keys(environment).sort()).toEqual(
      ['HOME', 'PGHOST', 'PGPASSFILE', 'PGPORT', 'PGSERVICEFILE', 'PGSYSCONFDIR', 'PGUSER', 'PSQLRC'].sort(),
    );
    for (const name of ['HOME', 'PGPASSFILE', 'PGSERVICEFILE', 'PGSYSCONFDIR', 'PSQLRC']) {
      expect(environment[name]).toMatch(/^\/nonexistent/);
      expect(existsSync(environment[name]!)).toBe(false);
    }
  });
});

describe('client programs of a confined server', () => {
  it('A3: run as another user than the server, in the same bounds, and connect to it', async () => {
    const { stdout } = await runProcess({
      ...server.launchClient(programs.program('psql'), ['-XAtc', 'SELECT current_user', 'postgres']),
      env: server.environment(),
    });
    expect(stdout.trim()).toBe('postgres');
    const id = await runProcess({ ...server.launchClient('/usr/bin/id', ['-u']), env: server.environment() });
    if (asRoot) expect(Number(id.stdout)).toBe(server.user!.uid + 1);
    const sees = (args: string[]) =>
      runProcess({ ...server.launchClient('/bin/cat', args), env: server.environment() });
    await expect(sees([`/proc/${process.pid}/environ`])).rejects.toThrow(/Permission denied/);
    await expect(sees([join(server.host, 'data/PG_VERSION')])).rejects.toThrow(/Permission denied/);
    const inet = `socket(my $s, 2, 1, 0) or die "$!\\n"`;
    const dial = runProcess({ ...server.launchClient('/usr/bin/perl', ['-e', inet]), env: server.environment() });
    await expect(dial).rejects.toThrow(/Permission denied/);
  });
});

describe('the end of a confined server', () => {
  it('A4: takes along a process that has left it, in a session of its own and with another parent', async () => {
    const own = await startThrowawayServer({ programs, confinement: 'required' });
    onTestFinished(() => own.stop());
    await inside(
      '(setsid sh -c "echo \\$\\$ > stray; trap \\"\\" HUP TERM QUIT INT; exec sleep 86400" > /dev/null 2>&1 < /dev/null &)',
      own,
    );
    await expect.poll(() => readIfThere(join(own.host, 'data/stray'))).toMatch(/^\d+$/);
    const pid = Number(readFileSync(join(own.host, 'data/stray'), 'utf8'));
    expect(isAlive(pid)).toBe(true);
    await own.stop();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(own.host)).toBe(false);
  });

  it('A4: comes to an end with what forks all the time', async () => {
    const own = await startThrowawayServer({ programs, confinement: 'required' });
    onTestFinished(() => own.stop());
    const bomb = `fork; open my $f, ">>", "bombs"; print $f "$$\\n"; close $f; while (1) { my $p = fork; exit 0 if defined $p && $p; select undef, undef, undef, 0.01 }`;
    await inside(`(setsid perl -e '${bomb}' > /dev/null 2>&1 < /dev/null &)`, own);
    await expect.poll(() => readIfThere(join(own.host, 'data/bombs'))).toMatch(/^\d+$/m);
    await own.stop();
    expect(existsSync(own.host)).toBe(false);
    if (own.user) expect(processesOf(own.user.uid)).toEqual([]);
  });

  it.runIf(asRoot)('A4: leaves no process of its users, also where the server has killed itself first', async () => {
    const own = await startThrowawayServer({ programs, confinement: 'required' });
    onTestFinished(() => own.stop());
    const { uid } = own.user!;
    expect(processesOf(uid).length).toBeGreaterThan(3);
    await inside('(setsid sleep 86400 > /dev/null 2>&1 < /dev/null &)', own);
    await inside('kill -KILL $(head -1 postmaster.pid)', own).catch(() => {});
    await expect.poll(() => own.isRunning()).toBe(false);
    await own.stop();
    expect(processesOf(uid)).toEqual([]);
    expect(processesOf(uid + 1)).toEqual([]);
    expect(existsSync(own.host)).toBe(false);
  });
});

describe('a machine that cannot confine', () => {
  it('A4: is refused, with what to install, and nothing is made', async () => {
    const bin = join(temporaryDirectory(), 'bin');
    mkdirSync(bin);
    // A Perl that does not do what it is told.
    symlinkSync('/bin/false', join(bin, 'perl'));
    const path = process.env.PATH;
    process.env.PATH = bin;
    onTestFinished(() => void (process.env.PATH = path));
    await expect(confine('required', programs)).rejects.toMatchObject({
      code: 'CONFINEMENT_MISSING',
      hint: expect.stringMatching(/apt-get install perl-base.*--unconfined, or trusted: true/s) as string,
    });
    expect(await confine('preferred', programs)).toBeUndefined();
    expect(await confine('none', programs)).toBeUndefined();
  });
});

/** Of all processes of a server: descriptor and where it leads. */
async function openDescriptors({ host }: ThrowawayServer): Promise<{ fd: number; target: string }[]> {
  const postmaster = Number(readFileSync(join(host, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const { stdout } = await runProcess({
    command: '/bin/sh',
    args: ['-c', `for fd in /proc/${postmaster}/fd/*; do echo "\${fd##*/} $(readlink $fd)"; done`],
    env: { PATH: '/usr/bin:/bin' },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => ({ fd: Number(line.split(' ')[0]), target: line.slice(line.indexOf(' ') + 1) }));
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

function processesOf(uid: number): string[] {
  return readdirSync('/proc').filter(
    (name) =>
      /^\d+$/.test(name) &&
      isAlive(Number(name)) &&
      new RegExp(`^Uid:.*\\b${uid}\\b`, 'm').test(readIfThere(`/proc/${name}/status`)),
  );
}
