/** The command line of what a platform engineer calls: installing on a cluster, checking it, and running the parts. */
import { type Command, Option } from 'commander'
import type { Environment } from './environment.ts'
import { connected, type Run } from './options.ts'

/** `install`, `uninstall`, `doctor`. */
export function addClusterCommands(program: Command, environment: Environment, run: Run): void {
  const settings = (command: Command): Command =>
    connected(command).option(
      '--watch-namespace <name>',
      'look after missions of this namespace only, with rights in it only',
    )
  settings(program.command('install'))
    .description('Install or upgrade Sortie on a cluster; the namespace is sortie-system or -n.')
    .option('--image <image>', 'image of operator, scheduler and dashboard')
    .option(
      '--scheduler <name>',
      'who places tasks’ pods: default-scheduler is Kubernetes’ own, and ours is left out then',
      'sortie-scheduler',
    )
    .option('--no-dashboard', 'without the dashboard')
    .option('--network-policy', 'with NetworkPolicies for all parts')
    .option('--no-admission-policy', 'without the ValidatingAdmissionPolicies')
    .option('--crds-only', 'the custom resource definitions and nothing else')
    .option('--dry-run', 'print the objects, and change nothing')
    .option('--timeout <seconds>', 'how long to wait for what was installed', '120')
    .addHelpText(
      'after',
      '\nExamples:\n  sortie install --image registry.example/sortie:0.1.0\n  sortie install --dry-run > sortie.yaml',
    )
    .action(async (flags) =>
      run((await import('./commands/install.ts')).install(environment, flags)),
    )
  settings(program.command('uninstall'))
    .description('Remove Sortie from a cluster. Missions and CRDs stay.')
    .option('--crds', 'the CRDs too, and with them every mission, stage, task and weapon')
    .option('--dry-run', 'say what would go, and change nothing')
    .addHelpText('after', '\nExample:\n  sortie uninstall --dry-run')
    .action(async (flags) =>
      run((await import('./commands/uninstall.ts')).uninstall(environment, flags)),
    )
  connected(program.command('doctor'))
    .description(
      'Check connection, versions, CRDs, rights, aircraft, clocks, scheduling and parts.',
    )
    .option('--system-namespace <name>', 'where operator and scheduler run', 'sortie-system')
    .addHelpText(
      'after',
      '\nOne line for each check; exit status 1 where one failed.\n\nExample:\n  sortie doctor --context production',
    )
    .action(async (flags) => run((await import('./commands/doctor.ts')).doctor(environment, flags)))
}

function part(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, else ~/.kube/config, else in-cluster')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--metrics-address <address>', '/metrics at HOST:PORT; 0 for none', ':8080')
    .option('--health-address <address>', '/healthz and /readyz at HOST:PORT; 0 for none', ':8081')
    .addOption(
      new Option('--log-level <level>', 'JSON lines on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
}

function elected(command: Command): Command {
  return part(command)
    .option('--namespace <name>', 'look after this namespace only (default: all)')
    .option('--leader-elect', 'act only while holding the Lease; needed with several replicas')
    .option(
      '--leader-elect-namespace <name>',
      'namespace of the Lease (default: $POD_NAMESPACE, else the connection’s)',
    )
    .option('--scheduler-name <name>', 'scheduler of tasks’ pods', 'sortie-scheduler')
}

/** `operator`, `scheduler`, `fleet`: what Deployments run. */
export function addPartCommands(program: Command, environment: Environment, run: Run): void {
  elected(program.command('operator'))
    .description('Run the operator against a cluster.')
    .option('--weapon-namespace <name>', 'where weapons are that a task’s own namespace has not')
    .option('--pod-policy <file>', 'what podTemplates may say beside the allow-list')
    .option(
      '--no-gang-scheduling',
      'the scheduler of tasks’ pods places each alone: say so of stages that wait for all',
    )
    .option('--workers <count>', 'objects that each controller works on at a time')
    .addHelpText('after', '\nExample:\n  sortie operator --leader-elect --weapon-namespace armoury')
    .action(async (flags) =>
      run((await import('./commands/operator.ts')).operator(environment, flags)),
    )
  elected(program.command('scheduler'))
    .description('Run the scheduler against a cluster.')
    .addHelpText('after', '\nExample:\n  sortie scheduler --leader-elect')
    .action(async (flags) =>
      run((await import('./commands/scheduler.ts')).scheduler(environment, flags)),
    )
  part(program.command('fleet'))
    .description('Register simulated aircraft as nodes of a cluster, and play out their pods.')
    .option('--fleet <file>', 'the simulated fleet (default: 14 aircraft of 5 types)')
    .addHelpText('after', '\nExample:\n  sortie fleet --fleet examples/fleets/two-hundred.yaml')
    .action(async (flags) => run((await import('./commands/fleet.ts')).fleet(environment, flags)))
}
