import { describe, expect, it } from 'vitest';
import { judgeProofs, supersededBy, type ReadProof } from '../../../src/backup/stored/proofs.js';
import type { Proof } from '../../../src/vault/formats/proof.js';
import { sampleManifest, sampleProof } from '../../vault/formats/samples.js';

const MANIFEST = 'e'.repeat(64);
const OF = { key: sampleManifest().key, sha256: MANIFEST };
const NOW = new Date('2026-11-25T12:00:00Z');
const TEN_YEARS_AHEAD = '2036-11-25T12:00:00.000Z';

let made = 0;

/** A proof as it is read; each has a SHA-256 of its own. */
function read(
  verdict: Proof['verdict'],
  verifiedAt: string,
  more: Partial<Proof> & { storedAt?: string } = {},
): ReadProof {
  const { storedAt = verifiedAt, ...proof } = more;
  const sha256 = (++made).toString(16).padStart(64, '0');
  return {
    key: `proof-${made}`,
    storedAt: new Date(storedAt),
    sha256,
    proof: { ...sampleProof(MANIFEST), verdict, verifiedAt, ...proof },
  };
}

const naming = (...proofs: readonly ReadProof[]) => ({
  supersedes: proofs.map(({ key, sha256 = '' }) => ({ key, sha256 })),
});
const judge = (...proofs: readonly ReadProof[]) => judgeProofs(proofs, OF, NOW);

describe('B11: a bad verdict counts until a later verification supersedes it', () => {
  it('whatever the clocks said: ten years ahead, or one day behind', () => {
    for (const wrong of [TEN_YEARS_AHEAD, '2026-11-25T11:00:00.000Z']) {
      const good = read('proven', wrong);
      const bad = read('unreadable', '2026-11-24T11:00:00.000Z', naming(good));
      expect(judge(good, bad).standing).toBe('unreadable');
      expect(judge(bad, good).standing).toBe('unreadable');
    }
  });

  it('and is taken back by one that names it, also under a clock that is a day behind', () => {
    const bad = read('differs', '2026-11-25T11:00:00.000Z');
    const good = read('proven', '2026-11-24T11:00:00.000Z', naming(bad));
    const found = judge(bad, good);
    expect(found).toMatchObject({ standing: 'proven', proof: { key: good.key }, anomalies: [] });
  });

  it('of two verifications at the same time, of which neither names the other', () => {
    const bad = read('differs', '2026-11-25T11:00:00.000Z');
    const good = read('proven', '2026-11-25T11:00:01.000Z');
    const found = judge(good, bad);
    expect(found.standing).toBe('differs');
    expect(found.why).toContain('none of them names it');
  });

  it('and not by one that only claims to have read it, that is of another backup, or that names itself', () => {
    const bad = read('differs', '2026-11-24T11:00:00.000Z');
    const blind = { supersedes: [{ key: bad.key, sha256: 'f'.repeat(64) }] };
    expect(judge(bad, read('proven', '2026-11-25T11:00:00.000Z', blind)).standing).toBe('differs');
    const other = read('proven', '2026-11-25T11:00:00.000Z', { ...naming(bad), manifestSha256: 'a'.repeat(64) });
    expect(judge(bad, other)).toMatchObject({ standing: 'differs', anomalies: [{ kind: 'foreign-proof' }] });
    const elsewhere = read('proven', '2026-11-25T11:00:00.000Z', { ...naming(bad), key: 'layer2/other' });
    expect(judge(bad, elsewhere).standing).toBe('differs');
    const self = read('differs', '2026-11-25T11:00:00.000Z');
    const selfish: ReadProof = { ...self, proof: { ...(self.proof as Proof), ...naming(self) } };
    expect(judge(selfish).standing).toBe('differs');
  });

  it('and not by one without a verdict, or one whose time is still to come', () => {
    const bad = read('differs', '2026-11-24T11:00:00.000Z');
    expect(judge(bad, read('incomplete', '2026-11-25T11:00:00.000Z', naming(bad))).standing).toBe('differs');
    const ahead = read('proven', TEN_YEARS_AHEAD, naming(bad));
    expect(judge(bad, ahead)).toMatchObject({ standing: 'differs', anomalies: [{ kind: 'proof-in-future' }] });
  });

  it('and a good one of the future alone proves nothing, until one with the right time takes its place', () => {
    const ahead = read('proven', TEN_YEARS_AHEAD);
    expect(judge(ahead)).toMatchObject({ standing: 'unverified', anomalies: [{ kind: 'proof-in-future' }] });
    const anew = read('proven', '2026-11-25T11:00:00.000Z', naming(ahead));
    expect(judge(ahead, anew)).toMatchObject({ standing: 'proven', anomalies: [] });
  });

  it('and a proof that cannot be read may be bad, until a verification has read its bytes', () => {
    const damaged: ReadProof = { key: 'damaged', storedAt: NOW, sha256: 'd'.repeat(64), fault: 'Reading it failed.' };
    expect(judge(damaged, read('proven', '2026-11-25T11:00:00.000Z')).faults).toEqual(['Reading it failed.']);
    const after = read('proven', '2026-11-25T11:00:00.000Z', naming(damaged));
    expect(judge(damaged, after)).toMatchObject({ standing: 'proven', faults: [] });
    expect(
      supersededBy([damaged, { ...damaged, newer: true }, { ...damaged, sha256: undefined }], OF, undefined),
    ).toEqual(naming(damaged).supersedes);
  });
});

describe('15.2: what a server of another major makes of a backup is a question of its own', () => {
  const into = (serverMajor: number) => ({ across: { sourceMajor: 15, serverMajor, writtenDifferently: [] } });
  const restored = read('restores', '2026-11-25T10:00:00.000Z', into(17));

  it('it proves nothing, and is told where nothing else is', () => {
    expect(judge(restored)).toMatchObject({ standing: 'unverified', proof: { key: restored.key }, faults: [] });
  });

  it('beside a proof of its own major it changes nothing, good or bad, whoever names whom', () => {
    const proven = read('proven', '2026-11-24T10:00:00.000Z', naming(restored));
    const lost = read('differs', '2026-11-25T11:00:00.000Z', { ...into(18), ...naming(proven) });
    expect(judge(proven, lost, restored)).toMatchObject({
      standing: 'proven',
      proof: { key: proven.key },
      across: [{ key: restored.key }, { key: lost.key }],
    });
    const differs = read('differs', '2026-11-24T10:00:00.000Z');
    const rehearsed = read('restores', '2026-11-25T11:00:00.000Z', { ...into(17), ...naming(differs) });
    expect(judge(differs, rehearsed)).toMatchObject({ standing: 'differs', proof: { key: differs.key } });
  });

  it('alone, a bad one counts until another drill into the same major supersedes it', () => {
    const bad = read('differs', '2026-11-25T08:00:00.000Z', into(17));
    expect(judge(bad, read('restores', '2026-11-25T09:00:00.000Z', { ...into(18), ...naming(bad) })).standing).toBe(
      'differs',
    );
    const again = read('restores', '2026-11-25T09:00:00.000Z', { ...into(17), ...naming(bad) });
    expect(judge(bad, again)).toMatchObject({ standing: 'unverified', across: [{ key: again.key }] });
  });

  it('and supersedes what could not be read before, but no damaged proof, which may have been of its own major', () => {
    const unread = read('unreadable', '2026-11-25T08:00:00.000Z');
    const after = read('restores', '2026-11-25T09:00:00.000Z', { ...into(17), ...naming(unread) });
    expect(judge(unread, after).standing).toBe('unverified');
    const damaged: ReadProof = { key: 'damaged', storedAt: NOW, sha256: 'd'.repeat(64), fault: 'Reading it failed.' };
    const beside = read('restores', '2026-11-25T09:00:00.000Z', { ...into(17), ...naming(damaged) });
    expect(judge(damaged, beside).faults).toEqual(['Reading it failed.']);
    expect(supersededBy([damaged, unread], OF, into(17).across)).toEqual(naming(unread).supersedes);
  });
});

describe('B11: proofs of version 1, which name none, are ordered by time, and in doubt a bad one counts', () => {
  const old = { version: 1 as const, supersedes: undefined };

  it('a good one that was made later takes the place of a bad one', () => {
    const bad = read('differs', '2026-11-24T11:00:00.000Z', old);
    expect(judge(bad, read('proven', '2026-11-25T11:00:00.000Z', old)).standing).toBe('proven');
    expect(judge(bad, read('proven', '2026-11-23T11:00:00.000Z', old)).standing).toBe('differs');
  });

  it('unless it was at the same time, is of the future, or was stored before it', () => {
    const bad = read('differs', '2026-11-24T11:00:00.000Z', old);
    expect(judge(bad, read('proven', '2026-11-24T11:01:00.000Z', old)).standing).toBe('differs');
    expect(judge(bad, read('proven', TEN_YEARS_AHEAD, old)).standing).toBe('differs');
    const stored = { ...old, storedAt: '2026-11-20T11:00:00.000Z' };
    expect(judge(bad, read('proven', '2026-11-25T11:00:00.000Z', stored)).standing).toBe('differs');
  });

  it('and one of them takes nothing back that a newer Holdfast wrote', () => {
    const bad = read('differs', '2026-11-24T11:00:00.000Z');
    expect(judge(bad, read('proven', '2026-11-25T11:00:00.000Z', old)).standing).toBe('differs');
  });
});
