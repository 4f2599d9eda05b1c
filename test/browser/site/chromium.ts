/** Debian's Chromium, driven without a window; each visit in a profile of its own, with everything noted that must not happen. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core'
import { settled, type Traffic, watchTraffic } from './settled.ts'

const EXECUTABLE = '/usr/bin/chromium'
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
  '--disable-lcd-text',
]

/** Why this suite can't run here; false where it can, and in CI, where nothing is skipped. */
export function missingChromium(): string | false {
  if (process.env['CI'] === 'true') return false
  try {
    accessSync(EXECUTABLE, constants.X_OK)
    return false
  } catch {
    return 'chromium is not installed: `apt-get install chromium fonts-noto-cjk`'
  }
}

export type Theme = 'dark' | 'light'
export type Language = 'en' | 'zh-CN'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface VisitOptions {
  readonly theme?: Theme
  readonly language?: Language
  readonly width?: number
  readonly height?: number
  /** What `Date` says in the page; the machine's time where it is missing. */
  readonly now?: number
  /** Puts axe into each page. */
  readonly axe?: boolean
}

/** One person at one browser. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Errors of the console, violations of the content security policy, uncaught errors, requests to others. */
  readonly problems: readonly string[]
  /** `GET /api/session`, in their order; the stream is not among them. */
  readonly requests: readonly string[]
  /** Waits until nothing is being fetched or shown as loading. */
  settle(): Promise<void>
  /** Loads a page of the site by its address and waits until it is whole. */
  open(path: string): Promise<void>
  /** Goes to a page as a link within the app does, without loading anything again. */
  go(path: string): Promise<void>
  /** Another size of the window. */
  resize(size: Size): Promise<void>
  close(): Promise<void>
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS })
}

/** Runs in the page before its own scripts. */
function prepare(options: VisitOptions): string {
  const { theme = 'dark', language = 'en', now } = options
  const preferences = JSON.stringify({ theme, language, zone: 'utc' })
  return `
    if (localStorage.getItem('sortie.preferences') === null)
      localStorage.setItem('sortie.preferences', ${JSON.stringify(preferences)})
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error('content security policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' at ' + event.sourceFile + ':' + event.lineNumber + ':' + event.columnNumber))
    ${now === undefined ? '' : fixedDate(now)}`
}

function fixedDate(now: number): string {
  return `{
    const Real = Date
    globalThis.Date = class extends Real {
      constructor(...given) { given.length === 0 ? super(${now}) : super(...given) }
      static now() { return ${now} }
    }
  }`
}

export async function visit(
  browser: Browser,
  origin: string,
  options: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    locale: options.language ?? 'en',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(30_000)
  await context.addInitScript({ content: prepare(options) })
  if (options.axe === true) await context.addInitScript({ content: readFileSync(AXE, 'utf8') })
  const page = await context.newPage()
  const watched = watchPage(page, origin)
  const settle = () => settled(page, watched.traffic)
  return {
    page,
    context,
    problems: watched.problems,
    requests: watched.requests,
    settle,
    async open(path) {
      // What the page before was still fetching is given up, and not always told.
      watched.traffic.open.clear()
      await page.goto(`${origin}${path}`)
      await settle()
    },
    async go(path) {
      watched.traffic.open.clear()
      await page.evaluate(
        `document.querySelector('#app').__vue_app__.config.globalProperties.$router.push(${JSON.stringify(path)}).then(() => {})`,
      )
      await settle()
    },
    async resize(size) {
      await page.setViewportSize(size)
      await page.evaluate(TWO_FRAMES)
    },
    close: () => context.close(),
  }
}

const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'

interface Watched {
  readonly traffic: Traffic
  readonly problems: string[]
  readonly requests: string[]
}

function watchPage(page: Page, origin: string): Watched {
  const [problems, requests]: [string[], string[]] = [[], []]
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    requests.push(`${request.method()} ${url.pathname}${url.search}`)
    const isOurs = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:'
    if (!isOurs) problems.push(`request to another: ${request.url()}`)
  })
  return { problems, requests, traffic: watchTraffic(page) }
}

/** Another theme or language, as the settings do it: without a reload. */
export async function turn({ page }: Visit, theme: Theme, language: Language): Promise<void> {
  await page.evaluate(`{
    const { $pinia } = document.querySelector('#app').__vue_app__.config.globalProperties
    $pinia.state.value.preferences.theme = ${JSON.stringify(theme)}
    $pinia.state.value.preferences.language = ${JSON.stringify(language)}
  }`)
  await page.locator(`html[data-theme="${theme}"][lang="${language}"]`).waitFor()
  await page.evaluate(TWO_FRAMES)
}

/**
 * Findings of axe as lines; empty where there are none.
 * @param rules as axe calls them or their groups; those of WCAG 2.2 AA where they are missing
 */
export async function accessibilityFaults(
  page: Page,
  rules: readonly string[] = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
): Promise<readonly string[]> {
  const found = (await page.evaluate(`axe.run(document, {
    runOnly: ${JSON.stringify(rules)},
    resultTypes: ['violations'],
  }).then(({ violations }) => violations.flatMap((one) =>
    one.nodes.map((node) => one.id + ': ' + node.target.join(' ') + ' — ' + node.html.slice(0, 160))))`)) as string[]
  return found
}

/** What a person reads of it, as it is laid out. */
export async function shownText(part: Locator): Promise<string> {
  await part.first().waitFor()
  return (await part.allInnerTexts()).join(' ')
}
