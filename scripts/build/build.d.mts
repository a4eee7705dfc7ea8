/** Builds unless dist was made from the current sources. @returns whether it built */
export function buildIfStale(): Promise<boolean>;
