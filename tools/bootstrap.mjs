/**
 * The two commands that do all the set-up: runs under whatever Node the machine has, installs what is missing, and hands over to
 * the Node that the project brings. Plain JavaScript, no dependency: nothing is installed when it starts.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const projectNode = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
const stamp = join(root, 'node_modules', '.sortie-installed')

/** What each command runs, with the project's own Node. */
const COMMANDS = {
  start: ['packages/cli/src/main.ts', 'up'],
  test: ['tools/testing/run.ts'],
  sortie: ['packages/cli/src/main.ts'],
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

function isInstalled() {
  return existsSync(projectNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()
}

function install() {
  process.stderr.write('Installing what is missing (npm ci)…\n')
  const npm = process.env.npm_execpath
  const command = npm === undefined ? ['npm'] : [process.execPath, npm]
  const args = [...command.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(command[0], args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) fail('npm ci failed; its message is above.')
  if (!existsSync(projectNode)) {
    fail(
      'npm did not install the package `node` with its binary: are install scripts switched off?',
    )
  }
  writeFileSync(stamp, lockHash())
}

const DASHBOARD = join(root, 'packages', 'dashboard')
/** What the page is built from. */
const PAGE_SOURCES = [
  'packages/dashboard/src',
  'packages/dashboard/public',
  'packages/dashboard/index.html',
  'packages/dashboard/vite.config.ts',
  'packages/dashboard/package.json',
  'packages/api/src',
  'packages/machinery/src',
]

/** When anything at or below the path last changed; 0 where it is not there. */
function newest(path) {
  if (!existsSync(path)) return 0
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Builds the dashboard's page where there is none or its sources are newer. Without a page all else works: a failure is only told. */
function buildPage() {
  const built = newest(join(DASHBOARD, 'dist', 'index.html'))
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  if (!existsSync(join(DASHBOARD, 'index.html')) || !existsSync(vite)) return
  if (built > Math.max(...PAGE_SOURCES.map((path) => newest(join(root, path))))) return
  process.stderr.write('Building the dashboard…\n')
  const { status } = spawnSync(projectNode, [vite, 'build', '--logLevel', 'error'], {
    cwd: DASHBOARD,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.stderr.write('The dashboard could not be built; all else works.\n')
}

function fail(message) {
  process.stderr.write(`sortie: ${message}\n`)
  process.exit(1)
}

/** Runs the command, and ends as it ends. A signal to this process is passed on; the child decides what it means. */
function handOver([script, ...fixed], args) {
  const path = `${bin}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`
  const child = spawn(projectNode, [join(root, script), ...fixed, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })
  // A terminal sends SIGINT to the whole group: the child has it already, this process only has to outlive it.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(error.message))
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1))
  })
}

const [name = '', ...args] = process.argv.slice(2)
const command = COMMANDS[name]
if (command === undefined)
  fail(`no such command: ${name}; one of ${Object.keys(COMMANDS).join(', ')}`)
if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node.js 20 or later is needed, this is ${process.version}`)
if (!isInstalled()) install()
if (name === 'start' && !args.includes('--no-dashboard')) buildPage()
handOver(command, args)
