/**
 * A running pg_dump in a snapshot that is good: no table was truncated, rewritten or altered after the snapshot was taken
 * and before pg_dump had locked it. Where one was, everything begins anew (decision 28); `guest-session.ts` says why
 * nothing is locked beforehand.
 */
import { randomBytes } from 'node:crypto';
import { sleep } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { isFull } from '../../postgres/full-server.js';
import { openGuestSession, type GuestSession } from '../../postgres/guest/guest-session.js';
import type { TableStates } from '../../postgres/guest/table-states.js';
import { changedTablesOmission, describeOmission, type Omission } from '../../postgres/omissions.js';
import { patternFor, type LargeTable } from '../../postgres/readers/large-tables.js';
import type { BackupRequest } from './backup-request.js';
import { firstSign, launchWhileFull, prepareDump, stopDump, type DumpProcess } from './dump-process.js';
import { DumpReaders, SNAPSHOT_UNKNOWN } from './dump-readers.js';
import { NOTHING_DERIVED, readDerived, WITHOUT_DERIVED, type SourceDerived } from './read-derived.js';
import { watchWaiters, type GiveWay, type Watch } from './give-way.js';
import type { Source } from './inspect-source.js';
import type { LargeTables } from './insert-tables.js';

export interface StartedDump {
  readonly dump: DumpProcess;
  /** The exported snapshot that it reads in; null where pg_dump took its own. */
  readonly snapshot: string | null;
  /** The tables whose rows pg_dump leaves out, being read. */
  readonly large: LargeTables | undefined;
  /** After pg_dump has ended well: what has to be known about the dump. */
  finish(): Promise<{
    readonly warnings: readonly string[];
    readonly omissions: readonly Omission[];
    readonly derived: SourceDerived['fingerprints'];
  }>;
  /** Ends whatever of it is left, except pg_dump. May be called at any time, and again. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  /** Ends the backup, because somebody has waited for it for too long. */
  readonly giveWay: GiveWay;
  /** Told why a dump is begun anew. */
  readonly onAnew?: (reason: string) => void;
}

/** How many times a dump is begun before it is taken as it is. */
const ROUNDS = 5;
/** In how many of them what a copy computes anew is read before pg_dump is started. */
const ROUNDS_WITH_DERIVED = 2;

/** What pg_dump says of something that was there when it looked, and is dropped before it has it. */
const VANISHED = /does not exist|cache lookup failed|could not open relation/;

/**
 * Returns when pg_dump has ended, or holds all its locks and reads what the snapshot saw.
 *
 * @throws HoldfastError DUMP_FAILED for a table that is kept locked; errors of connecting; the signal's error
 */
export async function startDump(request: BackupRequest, source: Source, options: StartOptions): Promise<StartedDump> {
  const session = await openGuestSession(request.access, { ...request, signal: options.signal });
  const start = new DumpStart(request, source, options, session);
  try {
    return await start.run();
  } catch (error) {
    await start.end();
    throw error;
  }
}

interface Round {
  readonly dump: DumpProcess;
  readonly snapshot: string | undefined;
  /** Names of tables that are not what they were in the snapshot. */
  readonly changed: readonly string[];
  /** Tables whose rows pg_dump leaves out: those that can be read, and those that others have changed or want to. */
  readonly tables: readonly LargeTable[];
  readonly unread: readonly LargeTable[];
  /** Of pg_dump's session, if it was seen. */
  readonly pid: number | undefined;
  /** Whether it has ended without a byte. */
  readonly ended: boolean;
}

class DumpStart {
  /** Whether the session exports the snapshot, or pg_dump takes its own. */
  #exports = true;
  readonly #warnings: string[] = [];
  readonly #pids = new Set<number>();
  #states: TableStates = new Map();
  #watch: Watch | undefined;
  readonly #readers: DumpReaders;
  #derived: SourceDerived;

  constructor(
    readonly request: BackupRequest,
    readonly source: Source,
    readonly options: StartOptions,
    readonly session: GuestSession,
  ) {
    this.#derived = request.derived === false ? WITHOUT_DERIVED : NOTHING_DERIVED;
    const warn = (sentence: string) => void this.#warnings.push(sentence);
    this.#readers = new DumpReaders(request, source, { signal: options.signal, warn });
  }

  async run(): Promise<StartedDump> {
    if (this.source.connectionLimit === 1) return this.#runAlone();
    this.#watchOver();
    await this.#readers.open();
    for (const pid of this.#readers.pids) this.#pids.add(pid);
    const changed = new Set<string>();
    for (let round = 1; ; round += 1) {
      const result = await this.#round(round, changed);
      const { dump, snapshot, pid } = result;
      const { child } = dump;
      if (result.ended && (await child.exited).code !== 0) {
        const words = child.stderr();
        if (snapshot !== undefined && SNAPSHOT_UNKNOWN.test(words)) {
          this.#takesItsOwn('pg_dump reached a different server than the session before it, or a pooler');
          continue;
        }
        if (isFull(words) && this.#readers.any) {
          await this.#readers.close('The server takes no further connection');
          continue;
        }
        if (isFull(words)) return this.#runAlone();
        if (round >= ROUNDS || (result.changed.length === 0 && !VANISHED.test(words))) {
          await this.#readers.close();
          return this.#started(result, []);
        }
      } else if (result.unread.length === 0 && (result.changed.length === 0 || round >= ROUNDS)) {
        if (!result.ended) this.#requireSeen(pid);
        return this.#started(result, result.changed);
      }
      // The next round begins by waiting for others, who may wait for our locks.
      await this.#readers.letGo(result.unread);
      for (const table of result.changed) changed.add(table);
      // Rows that are left out cannot be taken as they are: one more, in which pg_dump reads everything.
      if (result.unread.length > 0 && round >= ROUNDS) {
        await this.#readers.close(`Others kept changing ${namesOf(result.unread)}`);
      }
      this.options.onAnew?.(`The dump begins anew (attempt ${round + 1}): ${describeRound(result)}.`);
      await stopDump(dump);
      if (pid !== undefined) {
        await this.session.terminate(pid);
        this.#pids.delete(pid);
      }
    }
  }

  async end(): Promise<void> {
    await this.#watch?.stop();
    await this.#readers.close();
    await this.session.end();
  }

  #prepare(applicationName?: string) {
    const { request, source } = this;
    return prepareDump({
      ...request,
      programs: source.programs,
      encoding: source.facts.encoding,
      applicationName,
      // A schema that was renamed or mistyped would be left out silently.
      extraArgs: request.schemas.length > 0 ? ['--strict-names'] : [],
      signal: this.options.signal,
    });
  }

  async #round(round: number, before: ReadonlySet<string>): Promise<Round> {
    const { session } = this;
    const application = applicationName(this.request, round);
    const choice = this.#exports ? await this.#readers.choose() : [];
    const prepared = await this.#prepare(application);
    let dump: DumpProcess | undefined;
    try {
      const snapshot = this.#exports ? await session.exportSnapshot([...before]) : undefined;
      if (this.#exports && snapshot === undefined) this.#takesItsOwn('The server exports no snapshot');
      if (snapshot === undefined) {
        await this.#readers.close();
        this.#states = await session.readTables();
      }
      await this.#readDerived(round, snapshot);
      const chosen = snapshot === undefined ? [] : choice;
      dump = prepared.launch(snapshot, chosen.map(patternFor));
      const sign = firstSign(dump);
      let ended = false;
      // Its failure is awaited below.
      sign.then(
        (what) => (ended = what === 'ended'),
        () => {},
      );
      const tables = snapshot === undefined ? [] : await this.#readers.begin(snapshot, chosen);
      if (snapshot !== undefined) this.#states = await session.readTables();
      const pid = await this.#untilLocked(application, sign);
      // Before it is known whether a table has changed: what is locked now, and is found unchanged, stays so.
      const refused = await this.#readers.lock(tables);
      await session.endSnapshot();
      const found = new Set(tables.map(({ oid }) => oid));
      const altered = chosen.filter(({ oid }) => !found.has(oid));
      const changed = [...new Set([...(await session.changed(this.#states)), ...altered.map(nameOf)])];
      return { dump, snapshot, changed, tables, unread: [...refused, ...altered], pid, ended };
    } catch (error) {
      if (dump) await stopDump(dump);
      else prepared.discard();
      throw error;
    }
  }

  /** Until pg_dump has locked every table, has written something, or has ended. @returns its process id at the server */
  async #untilLocked(application: string, sign: Promise<unknown>): Promise<number | undefined> {
    const tables = [...this.#states.keys()];
    // So many fill pg_dump's buffer with their definitions, and it writes; the list would only cost the server.
    const asked = tables.length <= MOST_ASKED ? tables : [];
    let pid: number | undefined;
    for (let spoke = false; ;) {
      const began = performance.now();
      const seen = await this.session.findDump(application, asked);
      if (seen) this.#pids.add((pid = seen.pid));
      if (spoke || (seen && tables.length > 0 && seen.locked === tables.length)) return pid;
      const pause = Math.min(MOST_POLL_MS, Math.max(POLL_MS, 20 * (performance.now() - began)));
      spoke = await Promise.race([sign.then(() => true), sleep(pause, this.options.signal).then(() => false)]);
    }
  }

  /** Takes time, in which tables may be truncated: where they are all the time, the dump comes first. */
  async #readDerived(round: number, id: string | undefined): Promise<void> {
    const { request, source, options } = this;
    if (request.derived === false || !source.hasDerived) return;
    const missing =
      round > ROUNDS_WITH_DERIVED
        ? 'tables were truncated or altered as they were read'
        : 'pg_dump took a snapshot of its own';
    const snapshot = id === undefined || round > ROUNDS_WITH_DERIVED ? { missing } : { id };
    let own: number | undefined;
    const onBackend = (pid: number) => void this.#pids.add((own = pid));
    this.#derived = await readDerived(
      { ...request, facts: source.facts, onBackend, guest: this.session, signal: options.signal },
      snapshot,
    );
    if (own !== undefined) this.#pids.delete(own);
  }

  #takesItsOwn(reason: string): void {
    this.#exports = false;
    this.#warnings.push(`${reason}: ${OWN_SNAPSHOT}`);
  }

  #watchOver(): void {
    const { giveWayMs } = this.request;
    if (giveWayMs === undefined) return;
    const own = { pids: this.#pids, nameOf: (oid: string) => this.#states.get(oid)?.name };
    this.#watch = watchWaiters(this.session, own, giveWayMs, this.options.giveWay);
  }

  /** A promise that cannot be kept is refused: nobody would know whom the dump keeps waiting. */
  #requireSeen(pid: number | undefined): void {
    if (this.#watch === undefined || pid !== undefined) return;
    throw new HoldfastError(
      'DUMP_FAILED',
      "Starting pg_dump: the server that Holdfast is connected to does not show pg_dump's session, so nobody can see who waits for it.",
      { hint: 'Connect straight to one server, without a pooler, or leave --give-way out.' },
    );
  }

  async #started({ dump, snapshot, tables }: Round, changed: readonly string[]): Promise<StartedDump> {
    if (!this.#watch) await this.session.end();
    return {
      dump,
      snapshot: snapshot ?? null,
      large: await this.#readers.read(tables),
      finish: async () => {
        await this.end();
        return this.#findings(changed, `in each of ${ROUNDS} attempts`);
      },
      end: () => this.end(),
    };
  }

  /** With one connection: pg_dump has it, and we look before and after. */
  async #runAlone(): Promise<StartedDump> {
    if (this.request.giveWayMs !== undefined) throw needsTwo();
    await this.#readers.close();
    await this.session.endSnapshot();
    const before = await this.session.readTables();
    await this.end();
    await this.#readDerived(1, undefined);
    return {
      dump: await launchWhileFull(() => this.#prepare(), this.options.signal),
      snapshot: null,
      large: undefined,
      finish: async () => {
        const after = await openGuestSession(this.request.access, { ...this.request, signal: this.options.signal });
        try {
          return this.#findings(await after.changed(before), 'while pg_dump had the only connection');
        } finally {
          await after.end();
        }
      },
      end: () => Promise.resolve(),
    };
  }

  #findings(changed: readonly string[], when: string) {
    const omissions = changed.length === 0 ? [] : [changedTablesOmission(changed, when)];
    const { fingerprints: derived, omissions: unread } = this.#derived;
    const warnings = [...this.#warnings, ...omissions.map(describeOmission)];
    return { warnings, omissions: [...omissions, ...unread], derived };
  }
}

const OWN_SNAPSHOT =
  'pg_dump took its own, and whether a table was truncated or rewritten just as the dump began was looked up only on the server that Holdfast is connected to.';

/** How many tables pg_dump's locks are compared with. */
const MOST_ASKED = 2_000;
/** How often to look whether it has them, in milliseconds; less often if that takes the server long. */
const POLL_MS = 20;
const MOST_POLL_MS = 250;

/** Why a round was not the last. */
function describeRound({ changed, unread, dump }: Round): string {
  if (unread.length > 0) return `somebody changes ${namesOf(unread)}, or waits to, so that pg_dump reads it`;
  return `${changed.join(', ') || dump.child.stderr()} changed just as it began`;
}

function namesOf(tables: readonly LargeTable[]): string {
  return tables.map(nameOf).join(', ');
}

function nameOf({ qualified }: LargeTable): string {
  return qualified;
}

/** A name that no other session has. @returns at most 63 characters of ASCII, which is what a server keeps of it */
function applicationName({ access }: BackupRequest, round: number): string {
  const own = access.target.parameters.application_name ?? 'holdfast';
  return `${own.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)} ${randomBytes(4).toString('hex')} ${round}`;
}

function needsTwo(): HoldfastError {
  return new HoldfastError(
    'CONNECT_FAILED',
    'Starting pg_dump: there is only one connection, which it needs itself, so nobody can see who waits for it.',
    { hint: 'Allow a second one (ALTER ROLE … CONNECTION LIMIT 2), or leave --give-way out.' },
  );
}
