/** The command line: what there is, how it is called, and what becomes of errors. Commands load when they run. */
import { ApiStatusError, SortieError, TransportError } from '@sortie/machinery'
import { Command, CommanderError, Option } from 'commander'
import { addClusterCommands, addPartCommands } from './clusterprogram.ts'
import type { MissionVerb } from './commands/control.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from './environment.ts'
import { connected, type Run } from './options.ts'
import { harmless } from './output/text.ts'
import { VERSION } from './version.ts'

/** Runs a command line (without node and script). Never throws: errors become a sentence and a status. */
export async function runProgram(
  environment: Environment,
  args: readonly string[],
): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.ok
  const program = createProgram(environment, async (running) => {
    status = await running
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    return explain(environment, error)
  }
}

function explain(environment: Environment, error: unknown): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  if (environment.signal.aborted) return EXIT.interrupted
  const [message, status] = diagnosis(error)
  environment.err.write(`sortie: ${harmless(message)}\n`)
  return status
}

function diagnosis(error: unknown): [string, ExitStatus] {
  if (error instanceof CommandError) return [error.message, error.status]
  if (error instanceof ApiStatusError) {
    return error.code === 401
      ? [
          'the API server refused the credentials (401): is the kubeconfig still valid?',
          EXIT.unreachable,
        ]
      : [`${error.message}${nextStepOf(error)}`, EXIT.refused]
  }
  if (error instanceof TransportError) {
    return [`${error.message}: does the API server run, and is it the right one?`, EXIT.unreachable]
  }
  if (error instanceof SortieError && error.kind !== 'bug') return [error.message, EXIT.usage]
  return [error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failed]
}

/** An answer that names no object speaks of the path: such a server does not know the resource at all. */
function nextStepOf({ code, status }: ApiStatusError): string {
  if (code !== 404 || status.details?.name !== undefined) return ''
  return ': is Sortie on this cluster? `sortie install` puts it there, `sortie doctor` says what is missing'
}

function createProgram(environment: Environment, run: Run): Command {
  const program = new Command('sortie')
    .description('Missions on Kubernetes: plan, run, watch and control them.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.out.write(text),
      writeErr: (text) => environment.err.write(text),
      getOutHelpWidth: () => environment.out.columns,
      getErrHelpWidth: () => environment.err.columns,
    })
    .addHelpText('after', EXIT_HELP)
    .hook('preAction', (_program, command) => refuseEmpty(command.args))
  addUp(program, environment, run)
  addDashboard(program, environment, run)
  addManifestCommands(program, environment, run)
  addReadCommands(program, environment, run)
  addWhy(program, environment, run)
  addControlCommands(program, environment, run)
  addClusterCommands(program, environment, run)
  addPartCommands(program, environment, run)
  return program
}

/** `sortie cancel "$MISSION"` without the variable asks for nothing that could be meant. */
function refuseEmpty(args: readonly string[]): void {
  if (!args.includes('')) return
  throw new CommandError('a name is empty: is a variable of the shell not set?', EXIT.usage)
}

const EXIT_HELP = `
Exit status: 0 done; 1 the answer is bad (a mission failed, a manifest has errors); 2 wrong command line;
3 the API server could not be reached or refused who you are; 4 it has no such object or refused; 130 Ctrl-C.`

function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'the object itself').choices(['json', 'yaml']),
  )
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function addUp(program: Command, environment: Environment, run: Run): void {
  program
    .command('up')
    .description(
      'Start an embedded cluster with a simulated fleet, and fly a sample mission on it.',
    )
    .option('--port <number>', 'port on the loopback interface, 0 for any free one', '7443')
    .option('--kubeconfig <file>', 'where to write the kubeconfig (default: .sortie/kubeconfig)')
    .option('--data-dir <folder>', 'keep the objects there over a restart')
    .option('--fleet <file>', 'the simulated fleet (default: 14 aircraft of 5 types)')
    .option('--mission <path>', 'manifests with a mission to apply and follow, or none')
    .option('--exit', 'end with the mission, its result as exit status')
    .option('--dashboard-port <number>', 'port of the dashboard (default: 7556 or the next free)')
    .option('--no-dashboard', 'without the dashboard')
    .addOption(
      new Option('--log-level <level>', 'what the parts log').choices([
        ...['debug', 'info', 'warn', 'error', 'silent'],
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  sortie up
  sortie up --exit --mission examples/004-mixed-stage
  sortie up --port 0 --data-dir ./data --mission none`,
    )
    .action(async (flags) => run((await import('./commands/up.ts')).up(environment, flags)))
}

function addDashboard(program: Command, environment: Environment, run: Run): void {
  connected(program.command('dashboard'))
    .description('Serve the dashboard of a cluster.')
    .option('--port <number>', 'port to listen on (default: 7556 or the next free)')
    .option('--in-cluster', 'on every interface; people sign in with their own tokens')
    .option('--hub', 'watch once for everybody, and show each what their own rights allow')
    .option('--allowed-host <name>', 'name that browsers ask for (may be repeated)', collect, [])
    .option('--plain-http', 'browsers reach it without TLS')
    .addOption(
      new Option('--log-level <level>', 'JSON lines on standard error').choices([
        ...['debug', 'info', 'warn', 'error', 'silent'],
      ]),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sortie dashboard\n  sortie dashboard --in-cluster --allowed-host sortie.example',
    )
    .action(async (flags) =>
      run((await import('./commands/dashboard.ts')).dashboard(environment, flags)),
    )
}

function addManifestCommands(program: Command, environment: Environment, run: Run): void {
  const files = (command: Command): Command =>
    command
      .requiredOption('-f, --filename <path>', 'file, folder or - (may be repeated)', collect, [])
      .option('-R, --recursive', 'folders with all that is below them')
  withOutput(connected(files(program.command('apply'))))
    .description('Apply manifests (server-side).')
    .option('--dry-run', 'let the server check them, and change nothing')
    .option('--force', 'take over fields that others manage')
    .addHelpText('after', '\nExample:\n  sortie apply -f examples/001-first-mission')
    .action(async (flags) => run((await import('./commands/apply.ts')).apply(environment, flags)))
  files(program.command('lint'))
    .description(
      'Check manifests without a server: every error with its place and what would be right.',
    )
    .addOption(new Option('-o, --output <format>', 'report as JSON').choices(['json', 'yaml']))
    .addHelpText('after', '\nExample:\n  sortie lint -f mission.yaml')
    .action(async (flags) => run((await import('./commands/lint.ts')).lint(environment, flags)))
  withOutput(program.command('crds'))
    .description('Print the custom resource definitions.')
    .addHelpText('after', '\nExample:\n  sortie crds | kubectl apply --server-side -f -')
    .action(async (flags) => run((await import('./commands/crds.ts')).crds(environment, flags)))
}

function addReadCommands(program: Command, environment: Environment, run: Run): void {
  connected(program.command('get <resources> [names...]'))
    .description(
      'List or show missions, stages, tasks, weapons, loadouts, templates, aircraft, pods, events.',
    )
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-l, --selector <selector>', 'by labels')
    .addOption(
      new Option('-o, --output <format>', 'more columns, the names, or the objects').choices([
        ...['wide', 'name', 'json', 'yaml'],
      ]),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sortie get missions,stages\n  sortie get tasks -l mission=dawn-patrol -o wide\n  sortie get missions -o name | xargs sortie suspend',
    )
    .action(async (resources: string, names: string[], flags) =>
      run((await import('./commands/get.ts')).get(environment, [resources, ...names], flags)),
    )
  connected(program.command('watch <mission>'))
    .description('Follow a mission until it has ended; 0 where it succeeded, 1 where not.')
    .addHelpText('after', '\nExample:\n  sortie watch dawn-patrol && echo home')
    .action(async (mission: string, flags) =>
      run((await import('./commands/watch.ts')).watch(environment, mission, flags)),
    )
  withOutput(connected(program.command('tree <mission>')))
    .description('Show a mission with its stages and tasks.')
    .addHelpText('after', '\nExample:\n  sortie tree dawn-patrol')
    .action(async (mission: string, flags) =>
      run((await import('./commands/watch.ts')).tree(environment, mission, flags)),
    )
  connected(program.command('logs <task>'))
    .description('Print what a flight task prints.')
    .option(
      '-c, --container <name>',
      'container (default: the task’s; a weapon’s is weapon-<name>)',
    )
    .option('-f, --follow', 'go on until the container ends')
    .option('-p, --previous', 'of the container’s run before this one')
    .option('--tail <lines>', 'only the last lines (-1: all)')
    .option('--timestamps', 'with the time of each line')
    .addHelpText('after', '\nExample:\n  sortie logs dawn-patrol-recon-j20-01 -c weapon-pl-15')
    .action(async (task: string, flags) =>
      run((await import('./commands/logs.ts')).logs(environment, task, flags)),
    )
}

function addWhy(program: Command, environment: Environment, run: Run): void {
  withOutput(connected(program.command('why <what> [name]')))
    .description(
      'Say what a mission, a stage or a task waits for, or why it failed, and what to do.',
    )
    .option('--aircraft', 'for a task: every aircraft with what the scheduler’s checks say of it')
    .option('--system-namespace <name>', 'where operator and scheduler run', 'sortie-system')
    .addHelpText(
      'after',
      `
A bare name is looked for among missions, then stages, then tasks.

Examples:
  sortie why dawn-patrol
  sortie why stage dawn-patrol-strike
  sortie why task dawn-patrol-recon-j20-01 --aircraft`,
    )
    .action(async (what: string, name: string | undefined, flags) =>
      run(
        (await import('./commands/why.ts')).why(
          environment,
          name === undefined ? [what] : [what, name],
          flags,
        ),
      ),
    )
}

const VERBS: Readonly<Record<MissionVerb, string>> = {
  cancel: 'Stop missions for good; what has not ended becomes Cancelled.',
  suspend: 'Start nothing new in missions; what runs goes on.',
  resume: 'Let suspended missions go on.',
  retry: 'Run the failed and cancelled stages of ended missions again.',
}

function addControlCommands(program: Command, environment: Environment, run: Run): void {
  for (const [verb, description] of Object.entries(VERBS) as [MissionVerb, string][]) {
    withOutput(connected(program.command(`${verb} <missions...>`)))
      .description(description)
      .addHelpText('after', `\nExample:\n  sortie ${verb} dawn-patrol`)
      .action(async (names: string[], flags) =>
        run((await import('./commands/control.ts')).control(environment, { verb, names }, flags)),
      )
  }
  withOutput(connected(program.command('approve <stage>')))
    .description('Open the gates of a stage that wait for a person.')
    .option('--gate <name>', 'this one only')
    .addHelpText('after', '\nExample:\n  sortie approve gang-show-finale --gate commander-approval')
    .action(async (stage: string, flags) =>
      run((await import('./commands/control.ts')).approve(environment, stage, flags)),
    )
}
