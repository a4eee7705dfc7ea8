import { breaks, type Mutation } from '../mutation/mutation.js';

export const LITERALS_MUTATIONS: readonly Mutation[] = [
  breaks('a token in the environment of a function', ['template-no-plaintext-secrets'], {
    in: 'fintech-data-layer/RotationsDatabaseUserRotateFunction',
    at: 'Properties/Environment/Variables/API_TOKEN',
    to: 'hunter2',
  }),
  breaks('the password of a cache in the template', ['template-no-plaintext-secrets'], {
    in: 'fintech-data-layer/RedisUser',
    at: 'Properties/Passwords',
    to: ['hunter2'],
  }),
];
