/** The path of a Python that has the AWS emulator, if there is one. */
export function findEmulator(): string | undefined;
/** The path of the AWS CLI, if there is one. */
export function findAwsCli(): string | undefined;
