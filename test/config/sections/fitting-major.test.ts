import { expect, it } from 'vitest';
import { DEFAULT_ENGINE_VERSION } from '../../../src/config/sections/data-layer-defaults.js';
import { fittingMajor } from '../../../src/config/sections/source-account.js';

const layer = (engineVersion?: string) => ({ aurora: { engineVersion } });
const ofDefault = Number.parseInt(DEFAULT_ENGINE_VERSION, 10);

it.each([
  ['are of the cluster, if all databases are in it', layer('16.6'), [true, true], 16],
  ['are of the default engine, if the cluster does not name one', layer(), [true], ofDefault],
  ['are not known, if one database is elsewhere', layer('16.6'), [true, false], undefined],
  ['are not known without a database', layer('16.6'), [], undefined],
  ['are not known without a data layer', undefined, [true], undefined],
] as const)('15.3: client programs %s', (_, dataLayer, inLayer, major) => {
  expect(fittingMajor(dataLayer, inLayer)).toBe(major);
});
