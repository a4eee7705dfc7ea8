/** Why an attribute is unknown that no template has. */
export const ONLY_LIVE = 'It is known only in the account, after deployment.';
