import { templateNoPlaintextSecrets } from '../../../src/audit/literals/controls.js';
import type { Literal } from '../../../src/audit/literals/facts.js';
import { known } from '../../../src/audit/model/reading.js';
import { fixture, type Fixture } from '../fixture.js';

const secret = (is: Literal['is']) => ({
  secrets: known([
    { where: 'AuthToken', is: 'reference' as const },
    { where: 'MasterUserPassword', is },
  ]),
});

export const LITERALS_FIXTURES: readonly Fixture[] = [
  fixture({
    control: templateNoPlaintextSecrets,
    reads: ['secrets'],
    fails: [
      ['MasterUserPassword is in the template in plain text.', secret('literal')],
      ['MasterUserPassword comes from a parameter whose default is in the template in plain text.', secret('default')],
      ['MasterUserPassword comes from a parameter without NoEcho, whose value the stack shows.', secret('shown')],
    ],
  }),
];
