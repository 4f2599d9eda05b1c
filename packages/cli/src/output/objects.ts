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
  if (objects.length === 1) printValue(environment, objects[0], format)
  else printList(environment, objects, format)
}

/** Prints a List, whatever it holds: what reads it finds `items`, of one object and of none too. */
export function printList(
  environment: Environment,
  items: readonly unknown[],
  format: ObjectFormat,
): void {
  printValue(environment, { apiVersion: 'v1', kind: 'List', items }, format)
}

function printValue({ out }: Environment, value: unknown, format: ObjectFormat): void {
  out.write(format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : toYaml(value))
}

export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, version: '1.1' })
}

/** `mission.airforce.airforce.mil/dawn-patrol`, as kubectl names what it did something to. */
export function qualifiedName(object: KubeObject): string {
  const group = object.apiVersion.includes('/') ? `.${object.apiVersion.split('/')[0]}` : ''
  return `${object.kind.toLowerCase()}${group}/${object.metadata.name ?? ''}`
}
