import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonSchema } from '../schema/index.ts'
import { type CelType, compileExpression, declareType } from './index.ts'

const text: JsonSchema = { type: 'string' }
const integer: JsonSchema = { type: 'integer' }
const list = (items: JsonSchema, rest: JsonSchema = {}): JsonSchema => ({
  type: 'array',
  items,
  ...rest,
})

const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    name: text,
    replicas: integer,
    min: integer,
    max: integer,
    ratio: { type: 'number' },
    on: { type: 'boolean' },
    when: { type: 'string', format: 'date-time' },
    later: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    port: { 'x-kubernetes-int-or-string': true },
    tags: list(text, { 'x-kubernetes-list-type': 'set' }),
    numbers: list(integer),
    labels: { type: 'object', additionalProperties: text },
    counts: { type: 'object', additionalProperties: integer },
    namespace: text,
    'a-b': text,
    'a.b/c__d': text,
    missing: text,
    image: text,
    cpu: text,
    stages: list({
      type: 'object',
      properties: { name: text, dependsOn: list(text), size: integer },
    }),
    data: { type: 'string', format: 'byte' },
  },
}

const SELF = {
  name: 'alpha',
  replicas: 3,
  min: 1,
  max: 5,
  ratio: 1,
  on: true,
  when: '2026-01-31T10:00:00Z',
  later: '2026-01-31T11:30:00Z',
  wait: '90s',
  port: '50%',
  tags: ['x', 'y'],
  numbers: [1, 2, 3],
  labels: { app: 'web', tier: 'front' },
  counts: { a: 1, b: 2 },
  namespace: 'ns',
  'a-b': 'dash',
  'a.b/c__d': 'odd',
  image: 'registry.io:5000/team/app:1.2.3',
  cpu: '500m',
  stages: [
    { name: 'recon', dependsOn: [], size: 2 },
    { name: 'strike', dependsOn: ['recon'], size: 4 },
  ],
  data: 'aGk=',
}

const TYPE = declareType(SCHEMA) as CelType
const VARIABLES = new Map([
  ['self', TYPE],
  ['oldSelf', TYPE],
])

function run(expression: string, self: unknown = SELF, oldSelf?: unknown): unknown {
  return compileExpression(expression, VARIABLES).evaluate([self, oldSelf]).value
}

const TRUE = [
  'self.replicas <= self.max && self.replicas >= self.min',
  'self.replicas + 1 == 4',
  'self.replicas * 2 - 1 == 5 && self.replicas / 2 == 1 && self.replicas % 2 == 1',
  'self.ratio == 1.0 && self.ratio < self.max',
  'double(self.replicas) / 2.0 == 1.5',
  '!has(self.missing)',
  'has(self.name) && !has(self.missing) || self.missing == ""',
  'self.missing == "x" || self.on',
  'self.on || self.missing == "x"',
  '!(self.missing == "x" && !self.on)',
  'self.name.startsWith("al") && self.name.endsWith("ha") && self.name.contains("ph")',
  'self.name.matches("^[a-z]([-a-z0-9]*[a-z0-9])?$")',
  'self.name.size() == 5 && size(self.name) == 5',
  'size("🚀é") == 2',
  'self.name.charAt(1) == "l" && self.name.indexOf("p") == 2 && self.name.lastIndexOf("a") == 4',
  '"🚀ab".indexOf("b") == 2 && "🚀ab".substring(1) == "ab" && "🚀ab".charAt(0) == "🚀"',
  'self.name.upperAscii() == "ALPHA" && "ÀB".lowerAscii() == "Àb"',
  '" a ".trim() == "a" && "a,b".split(",") == ["a", "b"] && ["a", "b"].join("-") == "a-b"',
  '"abab".replace("a", "c", 1) == "cbab" && "abab".replace("a", "c") == "cbcb"',
  '"%s has %d of %.2f".format(["x", 3, 1.5]) == "x has 3 of 1.50"',
  'self.tags.all(t, t.size() == 1) && self.tags.exists(t, t == "y")',
  'self.tags.exists_one(t, t == "x") && self.tags.existsOne(t, t == "x")',
  'self.numbers.map(n, n * 2) == [2, 4, 6] && self.numbers.filter(n, n > 1).size() == 2',
  'self.numbers.map(n, n > 1, n + 1) == [3, 4]',
  'self.numbers.sum() == 6 && self.numbers.min() == 1 && self.numbers.max() == 3',
  'self.numbers.isSorted() && !["b", "a"].isSorted() && self.numbers.indexOf(2) == 1',
  '2 in self.numbers && !(9 in self.numbers) && "app" in self.labels',
  'self.labels["app"] == "web" && self.labels.app == "web" && self.labels.size() == 2',
  'self.labels.all(k, self.labels[k] != "")',
  'self.labels.all(k, v, k != v) && self.numbers.all(i, n, n == i + 1)',
  'self.counts.transformMap(k, v, v + 1) == {"a": 2, "b": 3}',
  'self.numbers.transformList(i, n, n > 1, i) == [1, 2]',
  'self.__namespace__ == "ns" && self.a__dash__b == "dash"',
  'self.a__dot__b__slash__c__underscores__d == "odd"',
  'self.when < self.later && self.later - self.when == duration("1h30m")',
  'self.when + self.wait == timestamp("2026-01-31T10:01:30Z")',
  'self.when.getFullYear() == 2026 && self.when.getMonth() == 0 && self.when.getDate() == 31',
  'self.when.getDayOfWeek() == 6 && self.when.getHours("America/New_York") == 5',
  'self.wait.getSeconds() == 90 && self.wait < duration("2m")',
  'type(self.port) == string && self.port.matches("^[0-9]+%$")',
  'type(self.port) == int ? self.port > 0 : self.port != ""',
  'self.?missing.orValue("none") == "none" && self.?name.hasValue()',
  'self.labels[?"zone"].orValue("z1") == "z1" && self.tags[?7].orValue("") == ""',
  'self.?name.optMap(n, n + "!").orValue("") == "alpha!"',
  'optional.none().or(optional.of(1)).value() == 1',
  'cel.bind(n, self.replicas + 1, n * n) == 16',
  'self.stages.all(s, s.dependsOn.all(d, self.stages.exists(o, o.name == d)))',
  'self.stages.all(s, !(s.name in s.dependsOn))',
  'self.stages.map(s, s.size).sum() == 6 && self.stages[1].dependsOn[0] == "recon"',
  'self.stages.filter(s, s.name == "strike").all(s, s.size == 4)',
  'self.tags == ["y", "x"]',
  'isURL("https://example.com:8080/p?q=1") && url("https://example.com:8080/p").getHost() == "example.com:8080"',
  'url("https://h:1/a/b?x=1&x=2").getQuery()["x"] == ["1", "2"] && url("https://h/a").getPort() == ""',
  'quantity(self.cpu).isLessThan(quantity("1")) && isQuantity("1Gi") && !isQuantity("x")',
  'quantity("1Gi").add(quantity("1Gi")) == quantity("2Gi") && quantity("2k").asInteger() == 2000',
  'self.image.find("[0-9]+[.][0-9]+") == "1.2" && "a1b22".findAll("[0-9]+") == ["1", "22"]',
  'isIP("10.0.0.1") && ip("::1").isLoopback() && ip("10.0.0.1").family() == 4',
  'cidr("10.0.0.0/8").containsIP("10.2.3.4") && !cidr("10.0.0.0/8").containsCIDR("11.0.0.0/16")',
  'string(ip("2001:db8:0:0:0:0:0:1")) == "2001:db8::1" && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
  '!format.dns1123Label().validate("ok-name").hasValue() && format.dns1123Label().validate("No").hasValue()',
  'sets.contains(self.tags, ["x"]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1], [1])',
  'string(self.data) == "hi" && bytes("hi") == self.data',
  'int("42") == 42 && string(1) == "1" && bool("true") && uint(3) == 3u && double("1.5") == 1.5',
  '[1, 2] + [3] == [1, 2, 3] && "a" + "b" == "ab" && [3, 1, 2].sort() == [1, 2, 3]',
  'semver("1.2.3").isLessThan(semver("1.10.0")) && isSemver("1.0.0-rc.1") && semver("1.0.0").major() == 1',
  '{"a": 1}.a == 1 && {1: "x"}[1] == "x" && dyn(1) == 1.0',
  'self.name != null && type(null) == null_type',
]

describe('evaluation', () => {
  for (const expression of TRUE) {
    it(`finds true: ${expression}`, () => assert.equal(run(expression), true))
  }

  const FAILURES: readonly (readonly [string, string])[] = [
    ['self.missing == "x"', 'no such key: missing'],
    ['self.labels["zone"] == "x"', 'no such key: zone'],
    ['self.numbers[9] == 1', 'index out of bounds: 9'],
    ['self.replicas / (self.min - 1) == 1', 'division by zero'],
    ['9223372036854775807 + self.min > 0', 'integer overflow'],
    ['self.port > 3', 'no such overload'],
    [
      'quantity(self.name).sign() == 1',
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
  ]
  for (const [expression, message] of FAILURES) {
    it(`fails: ${expression}`, () => assert.throws(() => run(expression), { message }))
  }

  it('stops an evaluation that costs too much', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => index)
    const expression = 'self.numbers.all(a, self.numbers.all(b, a + b >= 0))'
    const message = 'operation cancelled: actual cost limit exceeded'
    assert.throws(() => run(expression, { ...SELF, numbers }), { message })
  })

  it('compares with the old value', () => {
    assert.equal(run('self.name == oldSelf.name', SELF, { ...SELF, name: 'beta' }), false)
  })
})

describe('compilation', () => {
  const REFUSED: readonly (readonly [string, RegExp])[] = [
    [
      'self.foo > 1',
      /ERROR: <input>:1:5: undefined field 'foo'\n \| self\.foo > 1\n \| \.\.\.\.\^/,
    ],
    [
      'self.name + 1 == 2',
      /1:11: found no matching overload for '_\+_' applied to '\(string, int\)'/,
    ],
    ['other == 1', /undeclared reference to 'other' \(in container ''\)/],
    ['self.name.nothing()', /undeclared reference to 'nothing'/],
    ['self.replicas.startsWith("a")', /'startsWith' applied to 'int\.\(string\)'/],
    ['self.name ==', /Syntax error/],
    ['self.name && true', /expected type 'bool' but found 'string'/],
    ['self.name == 1', /'_==_' applied to '\(string, int\)'/],
    ['self.replicas.all(x, true)', /cannot be range of a comprehension/],
    ['has(self)', /invalid argument to has\(\) macro/],
  ]
  for (const [expression, message] of REFUSED) {
    it(`refuses ${expression}`, () => {
      assert.throws(() => compileExpression(expression, VARIABLES), { message })
    })
  }
})
