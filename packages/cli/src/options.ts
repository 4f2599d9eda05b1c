/** Options that many commands share. */
import type { Command } from 'commander'
import type { ExitStatus } from './environment.ts'

/** Takes the exit status of the command that was called. */
export type Run = (status: Promise<ExitStatus>) => Promise<void>

/** The options by which a command finds its API server. */
export function connected(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'namespace (default: the context’s, else default)')
    .option(
      '--kubeconfig <file>',
      'kubeconfig to use (default: $KUBECONFIG, else the one of `sortie up`, else ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig')
}
