/** Files of waivers, whose reader is loaded when there is one: most audits have none. */
import type { WaiverOptions } from '../../audit/waivers/read-waivers.js';
import type { Waivers } from '../../audit/waivers/waiver.js';

/** See the reader that it calls. */
export async function readWaivers(
  file: string,
  controls: readonly string[],
  options?: WaiverOptions,
): Promise<Waivers> {
  const reader = await import('../../audit/waivers/read-waivers.js');
  return reader.readWaivers(file, controls, options);
}
