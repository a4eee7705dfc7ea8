import { expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import { scramVerifier } from '../../../src/rotation/postgres/scram-verifier.js';

it('computes what PostgreSQL itself stores for a password and a salt', async () => {
  // RFC 7677's example, whose keys the RFC gives through the exchange of messages.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(await scramVerifier(new Secret('pencil'), salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

it('takes another salt each time', async () => {
  const password = new Secret('pencil');
  expect(await scramVerifier(password)).not.toBe(await scramVerifier(password));
});

it('17.9: normalizes a password that others have made, as clients do', async () => {
  const salt = Buffer.alloc(16, 1);
  const verifierOf = (text: string) => scramVerifier(new Secret(text), salt);
  expect(await verifierOf('pa\u0308ss')).toBe(await verifierOf('p\u00e4ss'));
  expect(await verifierOf('\ufb01n\u00a0e\u00ad')).toBe(await verifierOf('fin e'));
  expect(await verifierOf('p\u00e4ss')).not.toBe(await verifierOf('pass'));
});

it('refuses an empty password', async () => {
  await expect(scramVerifier(new Secret(''))).rejects.toMatchObject({ code: 'ROTATION_SECRET_INVALID' });
});
