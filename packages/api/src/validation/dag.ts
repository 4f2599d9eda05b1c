/** Dependencies by name: stages of a mission, tasks of a stage. */
import { MESSAGES } from '../messages.ts'
import { didYouMean, type Path, type Problem, problem, show } from './problem.ts'

/** A point of a graph of dependencies. */
export interface Vertex {
  readonly name: string
  readonly dependsOn?: readonly string[] | undefined
}

/**
 * The vertices of one cycle, in the order in which each depends on the next, the first repeated at the end:
 * `['a', 'b', 'a']`. Undefined where there is none. Names that are no vertex are passed over; takes linear time.
 */
export function findCycle(vertices: readonly Vertex[]): readonly string[] | undefined {
  const byName = new Map(vertices.map((vertex) => [vertex.name, vertex]))
  const done = new Set<string>()
  for (const { name } of vertices) {
    const cycle = done.has(name) ? undefined : cycleFrom(name, byName, done)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

/** Walks depth first without recursion: a chain may be as long as the list. */
function cycleFrom(
  start: string,
  byName: ReadonlyMap<string, Vertex>,
  done: Set<string>,
): readonly string[] | undefined {
  const trail = [{ name: start, next: 0 }]
  const onTrail = new Set([start])
  for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
    const target = byName.get(top.name)?.dependsOn?.[top.next]
    top.next += 1
    if (target === undefined) {
      trail.pop()
      onTrail.delete(top.name)
      done.add(top.name)
    } else if (onTrail.has(target)) {
      const names = trail.map((step) => step.name)
      return [...names.slice(names.indexOf(target)), target]
    } else if (!done.has(target) && byName.has(target)) {
      trail.push({ name: target, next: 0 })
      onTrail.add(target)
    }
  }
  return undefined
}

/** What the vertices are, for messages. */
export type VertexKind = 'stage' | 'task'

const WHOLE = { stage: 'mission', task: 'stage' } as const
const ON_ITSELF = { stage: MESSAGES.stageOnItself, task: MESSAGES.taskOnItself } as const

/**
 * Unknown, self and circular dependencies. `path` is that of the list; every problem but a cycle stands at the entry of
 * dependsOn, a cycle at the dependsOn of its first vertex.
 */
export function checkDependencies(
  kind: VertexKind,
  vertices: readonly Vertex[],
  path: Path,
): readonly Problem[] {
  const names = new Set(vertices.map((vertex) => vertex.name))
  const found: Problem[] = []
  vertices.forEach((vertex, index) => {
    vertex.dependsOn?.forEach((target, place) => {
      const at = [...path, index, 'dependsOn', place]
      if (target === vertex.name) found.push(problem(at, 'SelfReference', ON_ITSELF[kind]))
      else if (!names.has(target)) {
        const what = `${show(target)} is no ${kind} of this ${WHOLE[kind]}`
        found.push(problem(at, 'UnknownReference', what + didYouMean(target, names)))
      }
    })
  })
  return [...found, ...cycleProblem(vertices, path)]
}

function cycleProblem(vertices: readonly Vertex[], path: Path): readonly Problem[] {
  const others = vertices.map((vertex) => ({
    name: vertex.name,
    dependsOn: vertex.dependsOn?.filter((target) => target !== vertex.name),
  }))
  const cycle = findCycle(others)
  if (cycle === undefined) return []
  const index = vertices.findIndex((vertex) => vertex.name === cycle[0])
  const trail = cycle.join(' → ')
  return [
    problem(
      [...path, index, 'dependsOn'],
      'Cycle',
      `the dependencies go round in a circle: ${trail}; take one of them away`,
    ),
  ]
}
