import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/audit/catalog.js';
import { selectControls } from '../../src/audit/select-controls.js';

const idsOf = (...args: Parameters<typeof selectControls>) => selectControls(...args).map(({ id }) => id);

describe('20.A6: which controls are asked for', () => {
  it('20.A6: a control asked for by name is in, whatever the framework and the severity', () => {
    const ofPci = idsOf(CONTROLS, { framework: 'pci' });
    expect(ofPci).not.toContain('s3-versioning');
    expect(idsOf(CONTROLS, { framework: 'pci', controls: ['s3-versioning'] }).sort()).toEqual(
      [...ofPci, 's3-versioning'].sort(),
    );
    expect(idsOf(CONTROLS, { severity: 'critical', controls: ['s3-versioning'] })).toContain('s3-versioning');
  });

  it('20.A6: names alone select those alone', () => {
    expect(idsOf(CONTROLS, { controls: ['s3-versioning', 's3-cmk'] })).toEqual(['s3-cmk', 's3-versioning']);
  });
});
