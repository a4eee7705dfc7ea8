/** Builds unless dist was made from the present sources. @returns whether it built */
export function buildIfStale(): Promise<boolean>;
