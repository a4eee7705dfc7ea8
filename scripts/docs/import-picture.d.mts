export type Imports = readonly (readonly [string, string])[];
export function readImports(root?: string): Promise<Imports>;
export function withImportPictures(page: string, imports: Imports, folders: readonly string[]): string;
export function importsBelow(folder: string, imports: Imports): Map<string, Set<string>>;
export function reduced(graph: ReadonlyMap<string, ReadonlySet<string>>): [string, string][];
export function tangles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][];
