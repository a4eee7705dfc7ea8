/** Everything that is done to stored objects, in the order of the report. */
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import type { FaultKind, Scene } from '../harness/fault-kind.js';
import { bytesText } from '../harness/text.js';
import { corruptionKind, keyOf, readObject, ROLES, writeObject, type Corruption, type Role } from './corrupt.js';
import type { CorruptibleVault } from './corruptible-vault.js';

/** The role in turn, so that a few corruptions have seen all. */
function roleOf({ number }: Scene): Role {
  return ROLES[number % ROLES.length] ?? 'dump';
}

/** Changes the bytes of one object of one backup. */
function change(
  { random, number }: Scene,
  vault: CorruptibleVault,
  edit: (bytes: Buffer) => { readonly bytes: Buffer; readonly what: string },
): Corruption {
  const backup = random.pick(vault.backups);
  const role = roleOf({ number } as Scene);
  const key = keyOf(backup, role);
  const { bytes, what } = edit(readObject(vault, key));
  writeObject(vault, key, bytes);
  return { plan: `${what} the ${role}`, backup, hurt: [key] };
}

const flip = corruptionKind('corrupt-flip', 'one bit of a stored object flips', (scene, vault) =>
  change(scene, vault, (bytes) => {
    const at = scene.random.between(0, bytes.length - 1);
    bytes[at]! ^= 1 << scene.random.between(0, 7);
    return { bytes, what: `a bit flips at byte ${at.toLocaleString('en-US')} of` };
  }),
);

const cut = corruptionKind('corrupt-cut', 'a stored object loses its end', (scene, vault) =>
  change(scene, vault, (bytes) => {
    const kept = scene.random.between(0, bytes.length - 1);
    return { bytes: bytes.subarray(0, kept), what: `only ${bytesText(kept)} are left of` };
  }),
);

const block = corruptionKind(
  'corrupt-block',
  'a block of a stored object is zeroed, repeated, or comes twice',
  (scene, vault) =>
    change(scene, vault, (bytes) => {
      const { random } = scene;
      const size = Math.min(random.pick([1, 16, 512, 4096]), bytes.length);
      const at = random.between(0, bytes.length - size);
      const piece = bytes.subarray(at, at + size);
      const what = `${bytesText(size)} at ${at.toLocaleString('en-US')}`;
      if (random.chance(0.5)) {
        const twice = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
        return { bytes: twice, what: `${what} come twice in` };
      }
      // Zeros over zeros would change nothing.
      const other = Buffer.from(piece.map((byte) => (byte === 0 ? 255 : 0)));
      return {
        bytes: Buffer.concat([bytes.subarray(0, at), other, bytes.subarray(at + size)]),
        what: `${what} are zeroed in`,
      };
    }),
);

const swap = corruptionKind(
  'corrupt-swap',
  'an object is replaced by that of another backup or another role',
  (scene, vault) => {
    const { random } = scene;
    const [newer, older, other] = vault.backups;
    const role = roleOf(scene);
    const backup = random.pick([newer, older]);
    const from = random.pick([backup === newer ? older : newer, other, backup]);
    // Within one backup it is another of its objects.
    const source =
      from === backup
        ? (ROLES[(ROLES.indexOf(role) + random.between(1, ROLES.length - 1)) % ROLES.length] ?? 'dump')
        : role;
    const key = keyOf(backup, role);
    writeObject(vault, key, readObject(vault, keyOf(from, source)));
    const whose = from === backup ? 'its own' : from === other ? "another database's" : "another moment's";
    return { plan: `the ${role} is replaced by ${whose} ${source}`, backup, hurt: [key] };
  },
);

const replay = corruptionKind(
  'corrupt-replay',
  'old objects of the same database come back under the newest names: the manifest alone, with others, or all',
  (scene, vault) => {
    const [newer, older] = vault.backups;
    const sets: readonly [readonly Role[], ...(readonly Role[])[]] = [
      ['manifest'],
      ['manifest', 'dump'],
      ['manifest', 'dump', 'entries'],
      ['manifest', 'dump', 'entries', 'globals'],
      ['manifest', 'dump', 'entries', 'globals', 'segments'],
      ['dump', 'entries'],
      ['dump', 'entries', 'segments'],
      ['entries', 'segments'],
      ['dump', 'entries', 'globals'],
    ];
    const roles = scene.random.pick(sets);
    for (const role of roles) writeObject(vault, keyOf(newer, role), readObject(vault, keyOf(older, role)));
    return {
      plan: `the old ${roles.join(', ')} under the newer names`,
      backup: newer,
      hurt: roles.map((role) => keyOf(newer, role)),
    };
  },
);

const remove = corruptionKind('corrupt-remove', 'an object of a backup is removed', (scene, vault) => {
  const backup = scene.random.pick(vault.backups);
  const role = roleOf(scene);
  const key = keyOf(backup, role);
  unlinkSync(join(vault.directory, key));
  return { plan: `the ${role} is removed`, backup, hurt: [key] };
});

const rewrite = corruptionKind(
  'corrupt-rewrite',
  'the content of an object is changed and compressed again, so that it is a valid file',
  (scene, vault) => {
    const { random } = scene;
    const backup = random.pick(vault.backups);
    const role = random.pick(['dump', 'globals', 'entries', 'segments'] as const);
    const key = keyOf(backup, role);
    const content = gunzipSync(readObject(vault, key));
    // A digit for a digit: what is left is still SQL, or JSON.
    const digits = [...content.keys()].filter((at) => content[at]! >= 0x30 && content[at]! <= 0x38);
    const at = digits[random.between(0, digits.length - 1)] ?? 0;
    content[at]!++;
    writeObject(vault, key, gzipSync(content));
    return {
      plan: `a digit at ${at.toLocaleString('en-US')} of the content of the ${role} is another`,
      backup,
      hurt: [key],
    };
  },
);

/** The stored bytes of a dump: what is before its segments, each of them, and what is after them. */
function slicesOf(vault: CorruptibleVault, backup: CompleteBackup): readonly Buffer[] {
  const bytes = readObject(vault, keyOf(backup, 'dump'));
  const lines = gunzipSync(readObject(vault, keyOf(backup, 'segments')))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1);
  const segments = lines.map(
    (line) => JSON.parse(line) as { readonly storedOffset: number; readonly storedBytes: number },
  );
  const borders = [0, ...segments.map(({ storedOffset }) => storedOffset)];
  const last = segments.at(-1);
  if (last) borders.push(last.storedOffset + last.storedBytes);
  return borders.map((start, index) => bytes.subarray(start, borders[index + 1]));
}

const segment = corruptionKind(
  'corrupt-segment',
  'segments of a dump change places, come twice, are gone, or come from an older backup',
  (scene, vault) => {
    const { random } = scene;
    const [newer, older] = vault.backups;
    const slices = slicesOf(vault, newer);
    const old = slicesOf(vault, older);
    const at = random.between(1, slices.length - 3);
    const way = random.pick(['swapped', 'doubled', 'dropped', 'replayed'] as const);
    const changed = {
      swapped: () => [...slices.slice(0, at), slices[at + 1]!, slices[at]!, ...slices.slice(at + 2)],
      doubled: () => [...slices.slice(0, at + 1), ...slices.slice(at)],
      dropped: () => slices.filter((_slice, index) => index !== at),
      replayed: () => slices.with(at, old[Math.min(at, old.length - 2)]!),
    }[way]();
    const hurt = [keyOf(newer, 'dump')];
    writeObject(vault, hurt[0]!, Buffer.concat(changed));
    let also = '';
    // Whoever can write the dump can write what describes it as well; the manifest is what they cannot.
    if (random.chance(0.3)) {
      for (const role of ['segments', 'entries'] as const) {
        hurt.push(keyOf(newer, role));
        writeObject(vault, keyOf(newer, role), readObject(vault, keyOf(older, role)));
      }
      also = ', and the older index and entries with it';
    }
    return { plan: `segment ${at} of ${slices.length - 2} is ${way}${also}`, backup: newer, hurt };
  },
);

export const CORRUPTION_KINDS: readonly FaultKind[] = [flip, cut, block, swap, replay, remove, rewrite, segment];
