/** What is required of templates themselves. */
import { controlList } from '../model/control.js';
import { itemsOf } from '../model/reading.js';
import type { Literal } from './facts.js';

const { controls, define } = controlList();
export { controls };

export const templateNoPlaintextSecrets = define({
  id: 'template-no-plaintext-secrets',
  title: 'No template holds a password, a token or a key in plain text.',
  severity: 'critical',
  references: {
    pci: ['8.3.2', '8.6.2'],
    soc2: ['CC6.1'],
    nist: ['IA-5(7)'],
    iso: ['A.5.17', 'A.8.4'],
    knownAs: ['SH ECS.8 in part', 'CKV_AWS_41 in part', 'CKV_SECRET_6 in part'],
  },
  remediation:
    'Refer to a secret: {{resolve:secretsmanager:…}}, or let the service manage the password. A parameter needs NoEcho, and no default.',
  evaluatedOn: ['template'],
  kind: 'literals',
  *check(resource) {
    for (const { where, is } of itemsOf(resource.secrets)) if (is !== 'reference') yield `${where} ${WORDS[is]}.`;
  },
});

const WORDS: Readonly<Record<Exclude<Literal['is'], 'reference'>, string>> = {
  literal: 'is in the template in plain text',
  default: 'comes from a parameter whose default is in the template in plain text',
  shown: 'comes from a parameter without NoEcho, whose value the stack shows',
};
