/** Objects as YAML or JSON on standard output. */
import type { KubeObject } from '@sortie/machinery'
import { stringify } from 'yaml'
import { CommandError, type Environment, EXIT } from '../environment.ts'

export type ObjectFormat = 'json' | 'yaml'

/** @throws CommandError for another format */
export function objectFormat(text: string | undefined): ObjectFormat | undefined {
  if (text === undefined || text === 'json' || text === 'yaml') return text
  throw new CommandError(`unknown output format "${text}": use json or yaml`, EXIT.usage)
}

/** Prints one object as it is, several as a List. */
export function printObjects(
  environment: Environment,
  objects: readonly unknown[],
  format: ObjectFormat,
): void {
  const value =
    objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects }
  const text = format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value)
  environment.out.write(text)
}

export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: '1.1' })
}

/** `mission.airforce.airforce.mil/dawn-patrol`, as kubectl names what it did something to. */
export function qualifiedName(object: KubeObject): string {
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : ''
  return `${object.kind.toLowerCase()}${group}/${object.metadata.name ?? ''}`
}
