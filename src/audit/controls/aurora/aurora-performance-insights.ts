import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const auroraPerformanceInsights = defineControl({
  id: 'aurora-performance-insights',
  title: 'Performance Insights is on, with the expected key, the same on every instance.',
  severity: 'low',
  references: { runbook: ['2.2'], knownAs: ['CKV_AWS_353/354'] },
  remediation: 'Enable it on every instance of the cluster, with the key.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster, context) {
    const keys = new Set<string | undefined>();
    for (const instance of valueOf(cluster.instances)) {
      const { enabled, kmsKeyId } = valueOf(instance.performanceInsights);
      keys.add(kmsKeyId);
      if (!enabled) yield `It is off on ${instance.name}.`;
      else for (const problem of keyProblems(kmsKeyId, context, 'dataLayer')) yield `${instance.name}: ${problem}`;
    }
    if (keys.size > 1) yield 'The instances use different keys.';
  },
});
