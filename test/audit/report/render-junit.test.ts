import { expect, test } from 'vitest';
import { renderJunit } from '../../../src/audit/report/render-junit.js';
import { readXml, type XmlElement } from './read-xml.js';
import { HOSTILE, sampleRendering } from './sample-audit.js';

const root = readXml(renderJunit(sampleRendering()));
const casesOf = (suite: XmlElement) => suite.children.filter(({ name }) => name === 'testcase');

test('findings are failures, what was not evaluated is an error, waived and absent cases are skipped', () => {
  const outcomes = root.children
    .flatMap(casesOf)
    .map(({ attributes, children }) => [attributes.classname, attributes.name, children[0]?.name]);
  expect(outcomes).toEqual(
    expect.arrayContaining([
      ['sample-tagged', 'open', 'failure'],
      ['sample-tagged', 'good', undefined],
      ['sample-versioned', 'unknown', 'error'],
      ['sample-versioned', 'plain', 'skipped'],
      ['sample-rotated', 'Keys rotate.', 'skipped'],
    ]),
  );
});

test('text of foreign origin comes through as it is', () => {
  const failures = root.children.flatMap(casesOf).flatMap(({ children }) => children);
  expect(failures.map(({ text }) => text).join()).toContain(HOSTILE);
});

// The rules are those of the schema that build servers go by: JUnit.xsd of the Apache Ant tasks, by Windy Road.
test('every suite has the elements and attributes that JUnit.xsd asks for, in its order', () => {
  expect(root.name).toBe('testsuites');
  expect(root.attributes).toEqual({});
  for (const [index, suite] of root.children.entries()) {
    expect(Object.keys(suite.attributes).sort()).toEqual(
      ['errors', 'failures', 'hostname', 'id', 'name', 'package', 'skipped', 'tests', 'time', 'timestamp'].sort(),
    );
    expect(suite.attributes).toMatchObject({
      id: String(index),
      timestamp: '2026-11-22T03:00:00',
      hostname: '111122223333',
    });
    const cases = casesOf(suite);
    expect(suite.children.map(({ name }) => name)).toEqual([
      'properties',
      ...cases.map(() => 'testcase'),
      'system-out',
      'system-err',
    ]);
    const count = (kind: string) => String(cases.filter(({ children }) => children[0]?.name === kind).length);
    expect(suite.attributes).toMatchObject({
      tests: String(cases.length),
      failures: count('failure'),
      errors: count('error'),
      skipped: count('skipped'),
    });
    for (const { attributes, children } of cases) {
      expect(Object.keys(attributes).sort()).toEqual(['classname', 'name', 'time']);
      expect(attributes.name).toMatch(/^\S(.*\S)?$/);
      expect(children.length).toBeLessThanOrEqual(1);
      for (const { name, attributes: of } of children) {
        expect(Object.keys(of).sort()).toEqual(name === 'skipped' ? [] : ['message', 'type']);
      }
    }
  }
});
