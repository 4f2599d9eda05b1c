/** What a podTemplate must be, whatever a policy allows. */
import { isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import { POD } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import { type Path, type Problem, problem, show, under } from './problem.ts'

export interface PodTemplateContext {
  /** Whether weapons are put into the pod: then volume and mount of the loadout are reserved. */
  readonly armed: boolean
}

/** Checks a podTemplate as a manifest holds it; total over any JSON value. Paths start inside the template. */
export function checkPodTemplate(
  template: JsonValue | undefined,
  context: PodTemplateContext,
): readonly Problem[] {
  if (template === undefined || template === null) return []
  if (!isJsonObject(template)) return [problem([], 'Type', `${show(template)} is not an object`)]
  const { spec } = template
  if (!isJsonObject(spec)) {
    return [
      problem(['spec'], 'Required', 'is missing; a pod with at least one container is needed'),
    ]
  }
  return under(
    ['spec'],
    [
      ...checkRestartPolicy(spec),
      ...checkContainers(spec, context),
      ...checkVolumes(spec, context),
    ],
  )
}

function checkRestartPolicy(spec: JsonObject): readonly Problem[] {
  const policy = spec['restartPolicy']
  if (policy === undefined || policy === 'Never' || policy === 'OnFailure') return []
  const message = `${show(policy)} is not allowed, since a task must end; use Never or OnFailure`
  return [problem(['restartPolicy'], 'PodTemplate', message)]
}

function checkContainers(spec: JsonObject, context: PodTemplateContext): readonly Problem[] {
  const found: Problem[] = []
  const names = new Set<string>()
  if (listOf(spec, 'containers').length === 0) {
    found.push(problem(['containers'], 'Required', 'has no containers; at least one is needed'))
  }
  for (const field of ['containers', 'initContainers'] as const) {
    listOf(spec, field).forEach((container, index) => {
      const path = [field, index]
      if (!isJsonObject(container)) {
        found.push(problem(path, 'Type', `${show(container)} is not an object`))
        return
      }
      found.push(...checkContainerName(container, path, names))
      if (context.armed) found.push(...checkMounts(container, path))
    })
  }
  return found
}

function checkContainerName(
  container: JsonObject,
  path: Path,
  names: Set<string>,
): readonly Problem[] {
  const { name } = container
  const at = [...path, 'name']
  if (typeof name !== 'string' || name === '') {
    return [problem(at, 'Required', 'is missing; a container needs a name')]
  }
  if (name.startsWith(POD.weaponPrefix)) {
    return [problem(at, 'Reserved', `${show(name)} cannot be used: ${MESSAGES.reservedContainer}`)]
  }
  if (names.has(name))
    return [problem(at, 'Duplicate', `${show(name)} is the name of another container`)]
  names.add(name)
  return []
}

/** A mount of the loadout's own volume at its own place changes nothing, and is let stand. */
function checkMounts(container: JsonObject, path: Path): readonly Problem[] {
  return listOf(container, 'volumeMounts').flatMap((mount, index) => {
    if (!isJsonObject(mount) || mount['name'] === POD.interfaceVolume) return []
    const target = mount['mountPath']
    if (typeof target !== 'string' || target.replace(/\/+$/, '') !== POD.interfacePath) return []
    return [
      problem([...path, 'volumeMounts', index, 'mountPath'], 'Reserved', MESSAGES.reservedMount),
    ]
  })
}

function checkVolumes(spec: JsonObject, context: PodTemplateContext): readonly Problem[] {
  if (!context.armed) return []
  return listOf(spec, 'volumes').flatMap((volume, index) =>
    isJsonObject(volume) && volume['name'] === POD.interfaceVolume
      ? [problem(['volumes', index, 'name'], 'Reserved', MESSAGES.reservedVolume)]
      : [],
  )
}

function listOf(object: JsonObject, field: string): readonly JsonValue[] {
  const value = object[field]
  return Array.isArray(value) ? value : []
}
