/** `sortie crds`: the CRDs on standard output, to be applied by whatever the user applies things with. */
import { customResourceDefinitions } from '@sortie/api'
import { type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { objectFormat, printObjects, toYaml } from '../output/objects.ts'

export function crds(
  environment: Environment,
  flags: { readonly output?: string },
): Promise<ExitStatus> {
  const definitions = customResourceDefinitions()
  if (objectFormat(flags.output) === 'json') printObjects(environment, definitions, 'json')
  else environment.out.write(definitions.map((definition) => toYaml(definition)).join('---\n'))
  return Promise.resolve(EXIT.ok)
}
