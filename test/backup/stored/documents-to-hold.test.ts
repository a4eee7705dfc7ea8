import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { heapToHold, requireHeap } from '../../../src/core/memory.js';
import { largestToHold } from '../../../src/backup/stored/documents-to-hold.js';
import { judgeProofs, readProofs } from '../../../src/backup/stored/proofs.js';
import { openMemoryStore } from '../../../src/vault/memory/memory-store.js';
import { writeProof } from '../../../src/vault/formats/proof.js';
import { sampleProof } from '../../vault/formats/samples.js';

describe('A7: documents that would not fit into memory together', () => {
  it('leave out the large ones, and never a small one for their sake', () => {
    expect(largestToHold([5, 900, 7, 900], 100)).toBe(7);
    expect(largestToHold([60, 60], 100)).toBe(60);
    expect(largestToHold([60, 40], 100)).toBe(Infinity);
    expect(largestToHold([200], 100)).toBe(0);
    expect(largestToHold([])).toBe(Infinity);
  });

  it('are not read: of a proof it is said, and it may be the one that says that the backup does not restore', async () => {
    const store = openMemoryStore();
    const proof = sampleProof();
    const { key } = await writeProof(store, proof);
    const large = key.replace('.json', '-ffff0000.json');
    const objects = [
      { key, size: 1000, lastModified: new Date(proof.verifiedAt) },
      ...Array.from({ length: 3 }, () => ({
        key: large,
        size: heapToHold(),
        lastModified: new Date(proof.verifiedAt),
      })),
    ];
    const read = await readProofs(store, { proofKeys: [key, large], objects }, undefined);
    const judged = judgeProofs(read, { key: proof.key, sha256: proof.manifestSha256 }, new Date(proof.verifiedAt));
    expect(judged.proof?.key).toBe(key);
    expect(judged.faults).toEqual([expect.stringContaining(`Reading the proof ${large} failed: it is so large`)]);
  });
});

describe('A7: what would not fit into memory', () => {
  it('is refused with the limit that would do, before it is held', () => {
    expect(() => requireHeap(heapToHold(), 'Reading it')).not.toThrow();
    const refuse = () => requireHeap(heapToHold() + 1, 'Reading it');
    expect(refuse).toThrow(HoldfastError);
    expect(refuse).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_MEMORY',
        hint: expect.stringMatching(/NODE_OPTIONS=--max-old-space-size=\d+/) as string,
      }),
    );
  });
});
