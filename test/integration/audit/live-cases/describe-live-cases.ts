/** Controls on deployed stacks, of which one setting is changed through AWS's API and put back. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../../src/audit/catalog.js';
import type { Finding } from '../../../../src/audit/model/finding.js';
import { useEmulator } from '../../../helpers/emulator.js';
import { ACCOUNT, BACKUP_ACCOUNT, deploy, DEPLOYED, inAccount, VAULT, WITH_POLICIES_OF_AWS } from '../deployed.js';
import { type LiveAccount, openLiveAccount } from './live-account.js';
import type { LiveCase } from './live-case.js';

export function describeLiveCases(cases: readonly LiveCase[]): void {
  const emulator = useEmulator(undefined, WITH_POLICIES_OF_AWS);
  let places: Readonly<Record<'source' | 'vault', LiveAccount>>;
  let before: Readonly<Record<'source' | 'vault', readonly Finding[]>>;

  beforeAll(async () => {
    await deploy(emulator, DEPLOYED, ACCOUNT);
    await deploy(emulator, VAULT, BACKUP_ACCOUNT);
    places = {
      source: await openLiveAccount(DEPLOYED, ACCOUNT, await inAccount(emulator, ACCOUNT)),
      vault: await openLiveAccount(VAULT, BACKUP_ACCOUNT, await inAccount(emulator, BACKUP_ACCOUNT)),
    };
    before = { source: await places.source.allFindings(), vault: await places.vault.allFindings() };
  }, 180_000);

  it('nothing of what is declared fails, and all of it is evaluated', () => {
    for (const findings of [before.source, before.vault]) {
      const wrong = findings.filter(({ status }) => status === 'fail' || status === 'not-evaluated');
      const ofOurs = wrong.filter(({ control, resourceName = '' }) => !isElsewhere(control, resourceName));
      expect(ofOurs).toEqual([]);
    }
  });

  describe.each(cases.map((one) => [one.control, one] as const))('%s', (id, one) => {
    it(`fails for ${one.fails.join(' and ')} alone${one.recorded ? `, by a recorded response: ${one.recorded}` : ''}`, async () => {
      const control = CONTROLS.find((live) => live.id === id)!;
      const { place = 'source', reads = [] } = one;
      const passed = before[place].filter((finding) => finding.control === id);
      expect(failing(passed).filter((name) => one.fails.includes(name))).toEqual([]);
      expect(passed.some(({ status }) => status === 'pass')).toBe(true);

      const mend = await one.break(places[place]);
      try {
        const findings = await places[place].findings(control, [control.kind, ...reads]);
        const names = failing(findings).filter((name) => !failing(passed).includes(name));
        expect(names).toEqual([...one.fails].sort());
        for (const { problems } of findings.filter(({ resourceName = '' }) => one.fails.includes(resourceName))) {
          if (typeof one.says === 'string') expect(problems).toContain(one.says);
          else expect(problems.join('\n')).toMatch(one.says);
        }
      } finally {
        await mend();
      }
    });
  });

  it('every setting is as it was, in the end', async () => {
    for (const place of ['source', 'vault'] as const) {
      expect(verdicts(await places[place].allFindings())).toEqual(verdicts(before[place]));
    }
  });
}

/** Where the CDK puts assets is not ours, nor the network without a name that AWS makes; no cache's credential is given. */
function isElsewhere(control: string, resource: string): boolean {
  return /^(?:cdk-hnb659fds-assets-|(?:vpc|subnet)-)/.test(resource) || control === 'redis-auth-verified';
}

function failing(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ status }) => status === 'fail')
    .map(({ resourceName = '' }) => resourceName)
    .sort();
}

function verdicts(findings: readonly Finding[]): string[] {
  return findings.map(({ control, resourceName, status }) => `${control} ${resourceName}: ${status}`).sort();
}
