import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runCommand } from './shell.ts'

const FOREVER = Number.POSITIVE_INFINITY
type Expected = readonly [durationMs: number, exitCode: number, output: readonly string[]]

/** What a script comes to: how long, how it ends, and `ms:text` for each line. */
function play(script: string, env: Record<string, string> = {}): Expected {
  const run = runCommand(['sh', '-c', script], env)
  return [run.durationMs, run.exitCode, run.output.map(({ at, text }) => `${at}:${text}`)]
}

describe('a script', () => {
  const cases: Readonly<Record<string, readonly [script: string, expected: Expected]>> = {
    'that is empty does nothing': ['', [0, 0, []]],
    'sleeps in seconds': ['sleep 2', [2000, 0, []]],
    'sleeps in fractions and other units': ['sleep 0.5; sleep 1m', [60_500, 0, []]],
    'sleeps for several times at once': ['sleep 1 2', [3000, 0, []]],
    'sleeps for ever': ['sleep infinity; echo never', [FOREVER, 0, []]],
    'writes lines when their time comes': [
      'echo a; sleep 1; echo b c',
      [1000, 0, ['0:a', '1000:b c']],
    ],
    'exits with the code given': ['exit 3', [0, 3, []]],
    'exits with the last code': ['false; exit', [0, 1, []]],
    'exits with 2 for a code that is none': ['exit soon', [0, 2, []]],
    'does nothing after exit': ['exit 1; echo no', [0, 1, []]],
    'ends as its last command does': ['false; true', [0, 0, []]],
    'goes on after && only on success': ['false && echo no; true && echo yes', [0, 0, ['0:yes']]],
    'goes on after || only on failure': ['true || echo no; false || echo yes', [0, 0, ['0:yes']]],
    'runs lines one after another': ['echo a\nsleep 1\n', [1000, 0, ['0:a']]],
    'passes over comments': ['# sleep 9\necho a', [0, 0, ['0:a']]],
    'keeps what is in single quotes': ["echo 'a; $X  b'", [0, 0, ['0:a; $X  b']]],
    'expands what is in double quotes': [`X=1; echo "x is $X $\{X}"`, [0, 0, ['0:x is 1 1']]],
    'takes a default for what is not set': [`echo $\{Y:-none}`, [0, 0, ['0:none']]],
    'loops over words': ['for i in a b; do echo $i; sleep 1; done', [2000, 0, ['0:a', '1000:b']]],
    'loops over a sequence': ['for i in $(seq 2 3); do echo $i; done', [0, 0, ['0:2', '0:3']]],
    'loops within loops': [
      'for i in 1 2; do for j in a; do echo $i$j; done; done',
      [0, 0, ['0:1a', '0:2a']],
    ],
    'passes over a loop that never begins': [
      'while false; do sleep 9; done; echo a',
      [0, 0, ['0:a']],
    ],
    'takes unknown commands as done': ['mkdir -p /x; curl http://x', [0, 0, []]],
    'passes over options of echo': ['echo -n a', [0, 0, ['0:a']]],
    'runs what exec names': ['exec sleep 1', [1000, 0, []]],
    'leaves out nothing of a broken script': ['for i in a', [0, 0, []]],
  }
  for (const [name, [script, expected]] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(play(script), expected))
  }

  test('that loops for ever writes for ever, as far as anybody reads', () => {
    const [duration, , output] = play('while true; do echo tick; sleep 5; done')
    assert.equal(duration, FOREVER)
    assert.equal(output[2], '10000:tick')
    assert.equal(output.length, 1000)
  })

  test('that spins without sleeping ends the reading', () => {
    assert.equal(play('while true; do true; done')[0], FOREVER)
  })

  test('sees the environment of its container', () => {
    assert.deepEqual(play('echo $TASK_NAME', { TASK_NAME: 'lead' })[2], ['0:lead'])
  })
})

describe('a command without a shell', () => {
  test('is read word by word', () => {
    const run = runCommand(['/bin/sleep', '3'], {})
    assert.equal(run.durationMs, 3000)
    assert.equal(run.timed, true)
  })

  test('that is not known says nothing about time', () => {
    assert.equal(runCommand(['/bin/server', '--port', '80'], {}).timed, false)
  })

  test('has the variables that Kubernetes fills in', () => {
    assert.equal(runCommand(['echo', '$(NAME)'], { NAME: 'a' }).output[0]?.text, 'a')
  })
})

test('a script that grows without end takes neither the memory nor the stack', () => {
  const doubled = play('x=a; for i in $(seq 100); do x="$x$x"; done; echo $x; sleep 1')
  assert.deepEqual([doubled[0], doubled[1], doubled[2][0]?.length], [1000, 0, 65_538])
  assert.deepEqual(play('for i in 1; do '.repeat(5_000)), [0, 0, []])
  assert.equal(runCommand([...Array(20_000).fill('exec'), 'sleep', '1'], {}).durationMs, 1000)
})
