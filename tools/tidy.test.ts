/** The rules of the house that a machine can keep: package borders, sizes, names, words, one place for time and chance. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BROWSER_PACKAGES, MAY_IMPORT } from './packages.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const git = (...args: string[]) =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).split('\0')
const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').filter(
  (file) => file !== '' && existsSync(join(root, file)),
)
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const isSource = (file: string) => /\.(ts|mjs|vue)$/.test(file)
const isTest = (file: string) =>
  /(?:\.test|[./]fixtures)\.ts$/.test(file) ||
  /^packages\/(testing\/|[^/]+\/src\/testing\/)/.test(file)
const sources = files.filter((file) => /^packages\/[^/]+\/src\//.test(file) && isSource(file))
const product = sources.filter((file) => !isTest(file))
const packageOf = (file: string) => file.split('/')[1] ?? ''
const IMPORT = /\bfrom\s+'([^']+)'|\bimport\s*\(\s*'([^']+)'|^import\s+'([^']+)'/gm
const importsOf = (file: string) =>
  [...read(file).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')

function offenders(check: (file: string) => string | undefined, among: readonly string[]) {
  return among.flatMap((file) => {
    const problem = check(file)
    return problem === undefined ? [] : [`${file}: ${problem}`]
  })
}

test('every package imports only what the table of packages allows, and declares what it imports', () => {
  const problems = sources.flatMap((file) => {
    const name = packageOf(file)
    const manifest = JSON.parse(read(`packages/${name}/package.json`))
    const declared = { ...manifest.dependencies, ...(isTest(file) ? manifest.devDependencies : {}) }
    const allowed = new Set([...(MAY_IMPORT[name] ?? []), ...(isTest(file) ? ['testing'] : [])])
    return importsOf(file).flatMap((specifier) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return []
      const parts = specifier.split('/')
      const dependency = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
      const ours = /^@sortie\/(.+)$/.exec(dependency ?? '')?.[1]
      if (ours !== undefined && ours !== name && !allowed.has(ours)) {
        return [`${file}: ${name} may not import ${ours}`]
      }
      // Test tools stand in the root manifest, for all packages.
      if (isTest(file) && dependency === 'fast-check') return []
      return declared[dependency ?? ''] === undefined && ours !== name
        ? [`${file}: ${dependency} is not declared in packages/${name}/package.json`]
        : []
    })
  })
  assert.deepEqual(problems, [])
})

test('no import reaches into another package by a relative path', () => {
  const check = (file: string) => {
    const home = resolve(root, 'packages', packageOf(file))
    const foreign = importsOf(file).find(
      (specifier) =>
        specifier.startsWith('.') &&
        !resolve(root, dirname(file), specifier).startsWith(`${home}/`),
    )
    return foreign === undefined ? undefined : `imports ${foreign}`
  }
  assert.deepEqual(offenders(check, sources), [])
})

test('packages for the browser import nothing of Node', () => {
  const check = (file: string) => importsOf(file).find((specifier) => specifier.startsWith('node:'))
  const among = product.filter((file) => BROWSER_PACKAGES.includes(packageOf(file)))
  assert.deepEqual(offenders(check, among), [])
})

test('product code takes time, timers and randomness from machinery’s interfaces', () => {
  const banned =
    /\b(Date\.now|new Date\(\)|performance\.now|setTimeout|setInterval|setImmediate|Math\.random|randomUUID|randomBytes|getRandomValues|process\.hrtime)\b/
  const check = (file: string) =>
    read(file)
      .split('\n')
      .map((line) => line.replace(/\/\/.*|^\s*\*.*|\/\*.*/, ''))
      .find((line) => banned.test(line))
      ?.trim()
  const among = product.filter((file) => file !== 'packages/machinery/src/adapters.ts')
  assert.deepEqual(offenders(check, among), [])
})

test('files stay within 400 lines, tests within 800', () => {
  const check = (file: string) => {
    const lines = read(file).split('\n').length - 1
    const limit = isTest(file) ? 800 : 400
    return lines > limit ? `${lines} lines, over ${limit}` : undefined
  }
  const among = files.filter((file) => isSource(file) && !file.includes('.generated.'))
  assert.deepEqual(offenders(check, among), [])
})

test('components have no HTML made of strings, and no style that the content security policy refuses', () => {
  const check = (file: string) => {
    // What a template says, its comments and its styles apart.
    const [template = ''] = /<template>[\s\S]*<\/template>/.exec(read(file)) ?? []
    const banned = /\bv-html\b|\binnerHTML\b|\sstyle="[^"]*"/
    return banned.exec(template.replaceAll(/<!--[\s\S]*?-->/g, ''))?.[0]
  }
  const components = sources.filter((file) => file.endsWith('.vue'))
  assert.ok(components.length > 50)
  assert.deepEqual(offenders(check, components), [])
  const writes = (file: string) =>
    /\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b/.exec(read(file))?.[0]
  assert.deepEqual(
    offenders(
      writes,
      sources.filter((file) => packageOf(file) === 'dashboard'),
    ),
    [],
  )
})

test('folders and files are named by nouns of the field', () => {
  const check = (file: string) => /(?:^|\/)(utils?|helpers?|common|misc)(?:\/|\.)/.exec(file)?.[1]
  assert.deepEqual(offenders(check, sources), [])
})

test('nothing is left for later, and nothing is switched off without a reason', () => {
  const unfinished =
    /\b(TODO|FIXME|XXX|HACK)\b|not implemented|\.only\(|\b(it|test|describe)\.(skip|todo)\(/i
  const among = files.filter((file) => isSource(file) && file !== 'tools/tidy.test.ts')
  const check = (file: string) => unfinished.exec(read(file))?.[0]
  assert.deepEqual(offenders(check, among), [])
  const bare = (file: string) => /biome-ignore [\w/]+:?\s*$/m.exec(read(file))?.[0]
  assert.deepEqual(offenders(bare, among), [])
})

test('no any, in words or by a cast to it', () => {
  const check = (file: string) =>
    /(?::|as|<|\|)\s*any\b/.exec(read(file).replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ''))?.[0]
  assert.deepEqual(offenders(check, sources), [])
})

test('each package has a README that says what it is and what it may import', () => {
  const missing = Object.keys(MAY_IMPORT).filter(
    (name) =>
      existsSync(join(root, 'packages', name)) &&
      !existsSync(join(root, 'packages', name, 'README.md')),
  )
  assert.deepEqual(missing, [])
})

test('the README fits on three screens', () => {
  assert.ok(read('README.md').split('\n').length <= 151)
})

test('the lockfile records no download addresses and an integrity for every package', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { resolved?: string; link?: boolean; integrity?: string }>
  }
  const problems = Object.entries(packages).flatMap(([path, entry]) => {
    if (path === '' || entry.link === true || !path.includes('node_modules/')) return []
    if (entry.resolved !== undefined) return [`${path}: ${entry.resolved}`]
    return entry.integrity === undefined ? [`${path}: no integrity`] : []
  })
  assert.deepEqual(problems, [])
})

test('every example is run by a test', () => {
  const examples = new Set(
    files.filter((file) => file.startsWith('examples/')).map((file) => file.split('/')[1] ?? ''),
  )
  const tests = files.filter((file) => /\.test\.ts$/.test(file)).map(read)
  const unused = [...examples].filter(
    (name) => /^\d{3}-/.test(name) && !tests.some((text) => text.includes(name)),
  )
  assert.deepEqual(unused, [])
})
