/**
 * Compresses each segment by a run of its own: a gzip member or a zstd frame. After the last segment comes an empty
 * member, the end mark: a file that is cut between two members is a valid one for every reader, but it does not have the mark.
 */
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { SegmentEnd, type Piece } from '../segments/segment.js';

/** Where members are made, one after the other. */
export interface MemberRuns {
  /** Compresses a stream to one member. */
  run(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Ends all of them, whether anybody still waits for them or not. */
  stop(): Promise<void>;
}

/**
 * A stream without segments is one member, and has no end mark. The run for the next member is asked for ahead, as
 * starting a program takes time. All runs have ended when the stream has.
 *
 * @throws what the source, the runs and the signal throw
 */
export async function* inMembers(
  source: AsyncIterable<Piece>,
  runs: MemberRuns,
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  throwIfAborted(signal);
  const members = new MemberSource(source);
  const start = () => {
    const member = members.next();
    const output = runs.run(member.content);
    const first = output.next();
    // It may fail before its turn.
    first.catch(() => {});
    return { output, first, border: member.border };
  };
  let current = start();
  let ahead: ReturnType<typeof start> | undefined;
  try {
    for (;;) {
      let step = await current.first;
      if (!step.done && !members.ended) ahead ??= start();
      while (!step.done) {
        yield step.value;
        step = await current.output.next();
      }
      const border = await current.border;
      if (!border) return;
      yield border;
      current = ahead ?? start();
      ahead = undefined;
    }
  } finally {
    const stopped = runs.stop();
    await members.release();
    await Promise.allSettled([current.output.return(undefined), ahead?.output.return(undefined)]);
    await stopped;
  }
}

/** Deals one stream out to the members, each of which has its turn when the one before has had all of its bytes. */
class MemberSource {
  readonly #iterator: AsyncIterator<Piece>;
  #turn: Promise<unknown> = Promise.resolve();
  #pulling = false;
  #ended = false;
  /** What whoever still asks for bytes gets: a member must not take a failure for the end of its data. */
  #failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Piece>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Whether the source has. */
  get ended(): boolean {
    return this.#ended;
  }

  /** `border` resolves when the member has had its last byte: to undefined at the end of the stream. */
  next(): { readonly content: AsyncIterable<Uint8Array>; readonly border: Promise<SegmentEnd | undefined> } {
    let finish: (border: SegmentEnd | undefined) => void = () => {};
    const border = new Promise<SegmentEnd | undefined>((resolve) => (finish = resolve));
    const content = this.#deal(this.#turn, finish);
    this.#turn = border;
    return { content, border };
  }

  async *#deal(turn: Promise<unknown>, finish: (border: SegmentEnd | undefined) => void): AsyncGenerator<Uint8Array> {
    await turn;
    let border: SegmentEnd | undefined;
    try {
      while (!this.#ended) {
        const step = await this.#pull();
        if (step.done) {
          this.#ended = true;
        } else if (step.value instanceof SegmentEnd) {
          border = step.value;
          return;
        } else {
          yield step.value;
        }
      }
      if (this.#failure) throw this.#failure.error;
    } finally {
      finish(border);
    }
  }

  async #pull(): Promise<IteratorResult<Piece>> {
    this.#pulling = true;
    try {
      return await this.#iterator.next();
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#pulling = false;
    }
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#failure = { error };
  }

  /** Lets the source go. Does not wait for one that hangs. */
  async release(): Promise<void> {
    if (this.#ended) return;
    this.#fail(new HoldfastError('INTERRUPTED', 'The compressed stream was given up.'));
    const released = this.#iterator.return?.().catch(() => {});
    if (!this.#pulling) await released;
  }
}
