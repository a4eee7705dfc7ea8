/** Values that code gives, read by the schema that reads those of a config. */
import type { DeepReadonly } from '../core/deep-readonly.js';
import { levelProblems } from './entry-problems.js';
import { configError, PLAIN_SPELLING } from './problems.js';
import { schemaProblems } from './schema-problems.js';
import type { EnvironmentInput } from './schema.js';

/**
 * Refuses what no config may say. What is missing is not looked at: code may have it from elsewhere.
 *
 * @param where what has the values, for a sentence that begins with it
 * @throws HoldfastError CONFIG_INVALID with all problems
 */
export function requireValid(where: string, input: DeepReadonly<EnvironmentInput>): void {
  const levels = (input.databases ?? []).flatMap((entry, index) => levelProblems({ ...entry }, ['databases', index]));
  const problems = [...schemaProblems(input, PLAIN_SPELLING), ...levels];
  if (problems.length > 0) throw configError(where, problems, PLAIN_SPELLING);
}
