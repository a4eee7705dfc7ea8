/** The ways in which templates are written: YAML, loops, stacks in stacks, files that are none. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsFromTemplates, readTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { parseTemplateText } from '../../../src/audit/template/parse-template.js';
import { valueOf } from '../../../src/audit/model/reading.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const NOW = new Date('2026-11-22T00:00:00Z');

function folder(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

describe('20.A4: YAML', () => {
  it('20.A4: has short forms of functions, also inside of each other', () => {
    const text = `
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "\${AWS::StackName}-x"
      Tags: !If [Prod, [{Key: a, Value: !Ref P}], !Ref AWS::NoValue]
      Arn: !GetAtt K.Arn
      Text: !Join ["", [!Select [0, !GetAZs ""], b]]
`;
    expect(parseTemplateText(text)).toEqual({
      Resources: {
        B: {
          Type: 'AWS::S3::Bucket',
          Properties: {
            BucketName: { 'Fn::Sub': '${AWS::StackName}-x' },
            Tags: { 'Fn::If': ['Prod', [{ Key: 'a', Value: { Ref: 'P' } }], { Ref: 'AWS::NoValue' }] },
            Arn: { 'Fn::GetAtt': 'K.Arn' },
            Text: { 'Fn::Join': ['', [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'b']] },
          },
        },
      },
    });
  });

  it('20.A4: takes yes for true, and keeps what a number would lose', () => {
    expect(parseTemplateText('a: yes\nb: off\nc: 012345678901\nd: 2012-10-17\ne: 22:30\nf: 5432\n')).toEqual({
      a: true,
      b: false,
      c: '012345678901',
      d: '2012-10-17',
      e: '22:30',
      f: 5432,
    });
  });

  it('20.A4: has anchors and merges', () => {
    expect(parseTemplateText('x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\n')).toMatchObject({
      y: { a: 1, b: 3 },
      z: { a: 1, b: 2 },
    });
  });

  it('20.C: a byte order mark is passed over, in JSON and in YAML', () => {
    expect(parseTemplateText('\uFEFF{"Resources": {}}')).toEqual({ Resources: {} });
    expect(parseTemplateText('\uFEFFResources: {}')).toEqual({ Resources: {} });
  });
});

describe('20.C: loops', () => {
  const template = (list: unknown) => ({
    Transform: 'AWS::LanguageExtensions',
    Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'a, b' }, Open: { Type: 'CommaDelimitedList' } },
    Resources: {
      'Fn::ForEach::Buckets': [
        'Name',
        list,
        { 'Bucket${Name}': { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'data-${Name}' } } } },
      ],
    },
  });
  const bucketsOf = (list: unknown) => {
    const facts = factsFromTemplates([toStackTemplate(template(list), { stack: 'app' })], NOW);
    return { names: valueOf(facts.buckets).map(({ id, name }) => `${id} ${name}`), unread: facts.unread };
  };

  it('20.C: are written out, over a list and over a parameter', () => {
    expect(bucketsOf(['x', 'y']).names).toEqual(['app/Bucketx data-x', 'app/Buckety data-y']);
    expect(bucketsOf({ Ref: 'Names' }).names).toEqual(['app/Bucketa data-a', 'app/Bucketb data-b']);
  });

  it('20.C: over a list that only a deployment gives are said not to be read', () => {
    expect(bucketsOf({ Ref: 'Open' })).toMatchObject({
      names: [],
      unread: [{ id: 'app/Buckets', reason: 'the list of Fn::ForEach::Buckets is only known at deployment' }],
    });
  });
});

describe('20.A4: values that are given take the place of defaults', () => {
  const loop = (list: string) => ({
    Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'a' } },
    Resources: { 'Fn::ForEach::Buckets': ['Name', { Ref: list }, { 'B${Name}': { Type: 'AWS::S3::Bucket' } }] },
  });
  const outer = (Names: unknown) => ({
    Resources: {
      N: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: 'in.json', Parameters: { Names } } },
    },
  });
  const read = (files: Readonly<Record<string, unknown>>, given = {}) =>
    factsFromTemplates(
      readTemplates(folder(Object.fromEntries(Object.entries(files).map(([k, v]) => [k, JSON.stringify(v)]))), given),
      NOW,
    );
  const idsOf = (facts: ReturnType<typeof read>) => valueOf(facts.buckets).map(({ id }) => id);

  it('20.A4: in loops, by the command line and by the stack around', () => {
    expect(idsOf(read({ 'app.json': loop('Names') }))).toEqual(['app/Ba']);
    expect(idsOf(read({ 'app.json': loop('Names') }, { Names: 'x,y' }))).toEqual(['app/Bx', 'app/By']);
    expect(idsOf(read({ 'app.json': outer('x,y'), 'in.json': loop('Names') }))).toEqual(['app.N/Bx', 'app.N/By']);
  });

  it('20.A4: a list that the stack around computes is not known, whatever the default is', () => {
    const facts = read({ 'app.json': outer({ 'Fn::Sub': '${AWS::Region},b' }), 'in.json': loop('Names') });
    expect(facts.unread).toMatchObject([{ id: 'app.N/Buckets' }]);
  });

  it('20.A4: what is referred to may be said by a function', () => {
    const Key = { 'Fn::Sub': 'B${Env}' };
    const facts = read({
      'app.json': {
        Parameters: { Env: { Type: 'String', Default: 'prod' } },
        Resources: {
          Bprod: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'b' } },
          P: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: { Bucket: { Ref: Key }, PolicyDocument: { Statement: [] } },
          },
        },
      },
    });
    expect(valueOf(facts.buckets).map(({ id, policy }) => [id, valueOf(policy)])).toEqual([
      ['app/Bprod', { statements: [] }],
    ]);
  });

  it('20.A4: a folder with the manifest of something else is a folder of templates', () => {
    expect(idsOf(read({ 'manifest.json': { name: 'site' }, 'app.json': loop('Names') }))).toEqual(['app/Ba']);
  });
});

describe('20.A4: folders and stacks in stacks', () => {
  const BUCKET = '{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}';

  it('20.A4: templates in folders are read, and told apart by their folders; other files are passed over', () => {
    const root = folder({
      'one/app.yaml': 'Resources: {A: {Type: AWS::S3::Bucket}}',
      'two/app.json': BUCKET,
      'package.json': '{"name": "x"}',
      'values.yaml': 'a: {b: [',
      'node_modules/x/app.json': BUCKET,
    });
    expect(readTemplates(root).map(({ stack, file }) => [stack, file])).toEqual([
      ['one.app', path.join('one', 'app.yaml')],
      ['two.app', path.join('two', 'app.json')],
    ]);
  });

  it('20.A4: a template that cannot be read is in the report, and the others are read', () => {
    const root = folder({ 'good.json': BUCKET, 'bad.yaml': 'Resources:\n  B: {Type: [\n' });
    const facts = factsFromTemplates(readTemplates(root), NOW);
    expect(facts.unread).toMatchObject([{ id: 'bad/Template', file: 'bad.yaml' }]);
    expect(valueOf(facts.buckets)).toHaveLength(1);
  });

  it('20.A4: a stack in a stack gets what is given to it, and gives what it has', () => {
    const root = folder({
      'app.json': JSON.stringify({
        Parameters: { Stage: { Type: 'String', Default: 'prod' } },
        Resources: {
          N: {
            Type: 'AWS::CloudFormation::Stack',
            Properties: { TemplateURL: 'in/data.json', Parameters: { Name: { 'Fn::Sub': 'data-${Stage}' } } },
          },
          P: {
            Type: 'AWS::S3::BucketPolicy',
            Properties: {
              Bucket: { 'Fn::GetAtt': ['N', 'Outputs.Bucket'] },
              PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }] },
            },
          },
        },
      }),
      'in/data.json': JSON.stringify({
        Parameters: { Name: { Type: 'String' } },
        Resources: { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { Ref: 'Name' } } } },
        Outputs: { Bucket: { Value: { Ref: 'B' } } },
      }),
    });
    const buckets = valueOf(factsFromTemplates(readTemplates(root), NOW).buckets);
    expect(buckets.map(({ id, name, file }) => [id, name, file])).toEqual([
      ['app.N/B', 'data-prod', path.join('in', 'data.json')],
    ]);
    expect(valueOf(buckets[0]!.policy)?.statements).toHaveLength(1);
  });

  it('20.A4: a stack whose template is elsewhere, a macro, and a resource without a type are said not to be read', () => {
    const stack = toStackTemplate(
      { Transform: ['Mine'], Resources: { X: { Properties: {} }, B: { Type: 'AWS::S3::Bucket' } } },
      { stack: 'app' },
    );
    expect(stack.unread.map(({ logicalId }) => logicalId)).toEqual(['X', 'Mine']);
    const made = { M: { Type: 'My::Own::Store::MODULE' }, P: { Type: 'AWS::CloudFormation::StackSet' } };
    expect(toStackTemplate({ Resources: made }, { stack: 'app' }).unread.map(({ logicalId }) => logicalId)).toEqual([
      'M',
      'P',
    ]);
    expect(Object.keys(stack.resources)).toEqual(['B']);
  });

  it('20.A4: a stack from a bucket is said not to be read', () => {
    const Type = 'AWS::CloudFormation::Stack';
    const N = { Type, Properties: { TemplateURL: 'https://bucket.s3.amazonaws.com/data.json' } };
    const root = folder({ 'app.json': JSON.stringify({ Resources: { N } }) });
    expect(factsFromTemplates(readTemplates(root), NOW).unread).toMatchObject([{ id: 'app/N', type: Type }]);
  });

  it('20.C: a stack without resources has none', () => {
    expect(toStackTemplate({ AWSTemplateFormatVersion: '2010-09-09' }, { stack: 'app' }).resources).toEqual({});
  });
});
