/** Changes of a mission's spec in flight: pure. */
import type { Mission } from '@sortie/api'
import type { Edit, StagePlan, TaskPlan } from './scenario.ts'

type Spec = Mission['spec']
type Stages = NonNullable<Spec['stages']>

/** The spec after the edit; undefined where it would change nothing that makes sense. */
export function applyEdit(before: Spec, edit: Edit): Spec | undefined {
  const spec = withoutCircle(before)
  if (edit.kind === 'maxParallelTasks') return { ...spec, maxParallelTasks: edit.value }
  if (edit.kind === 'maxRetries') return withRetries(spec, edit.value)
  const stages = editStages(spec.stages ?? [], edit)
  return stages === undefined ? undefined : { ...spec, stages }
}

function withRetries(spec: Spec, maxRetries: number): Spec {
  const failurePolicy = { ...spec.config.failurePolicy, maxRetries }
  return { ...spec, config: { ...spec.config, failurePolicy } }
}

/** What `cycle` did is undone by whatever comes after. */
function withoutCircle(spec: Spec): Spec {
  const [first, ...rest] = spec.stages ?? []
  if (first?.dependsOn === undefined) return spec
  const { dependsOn: _, ...free } = first
  return { ...spec, stages: [free, ...rest] }
}

type StageEdit = Exclude<Edit, { readonly kind: 'maxParallelTasks' | 'maxRetries' }>

function editStages(stages: Stages, edit: StageEdit): Stages | undefined {
  if (edit.kind === 'cycle') {
    const last = stages.at(-1)?.name
    return last === undefined
      ? undefined
      : stages.with(0, { ...stages[0], dependsOn: [last] } as Stages[number])
  }
  if (edit.kind === 'insertStage') return withInserted(stages, edit)
  if (edit.kind === 'addStage') {
    const isNew = stages.every(({ name }) => name !== edit.stage.name)
    return isNew ? [...stages, edit.stage as Stages[number]] : undefined
  }
  const index = Math.floor(edit.pick * stages.length)
  const stage = stages[index]
  if (stage === undefined) return undefined
  if (edit.kind === 'removeStage') return withoutStage(stages, index)
  if (edit.kind === 'changeStage') {
    return stages.with(index, { ...stage, ...edit.stage } as Stages[number])
  }
  // A gang must go on fitting into the fleet.
  if (edit.kind === 'addTask' && stage.synchronization?.waitForAll === true) return undefined
  const flightTasks = editTasks((stage.flightTasks ?? []) as readonly TaskPlan[], edit)
  if (flightTasks === undefined) return undefined
  return stages.with(index, { ...stage, flightTasks } as Stages[number])
}

function withInserted(
  stages: Stages,
  { stage, pick }: Extract<Edit, { readonly kind: 'insertStage' }>,
): Stages | undefined {
  if (stages.some(({ name }) => name === stage.name)) return undefined
  const index = Math.floor(pick * stages.length) + 1
  const before = stages.slice(0, index)
  const after = stages.slice(index).map((one) => ({
    ...one,
    dependsOn: [...(one.dependsOn ?? []), stage.name],
  }))
  const dependsOn = before.map(({ name }) => name)
  return [...before, { ...stage, dependsOn } as Stages[number], ...after]
}

/** The last stage stays; nobody depends on what was removed. */
function withoutStage(stages: Stages, index: number): Stages | undefined {
  if (stages.length < 2) return undefined
  const name = stages[index]?.name
  return stages.toSpliced(index, 1).map((stage) => {
    const dependsOn = stage.dependsOn?.filter((other) => other !== name)
    return dependsOn === undefined ? stage : { ...stage, dependsOn }
  })
}

type TaskEdit = Extract<Edit, { readonly kind: 'addTask' | 'removeTask' | 'changeTask' }>

function editTasks(
  tasks: readonly TaskPlan[],
  edit: TaskEdit,
): StagePlan['flightTasks'] | undefined {
  if (edit.kind === 'addTask') {
    // At the head: tasks are matched by name, never by position.
    return tasks.some(({ name }) => name === edit.task.name) ? undefined : [edit.task, ...tasks]
  }
  const index = Math.floor(edit.pick * tasks.length)
  const task = tasks[index]
  if (task === undefined) return undefined
  if (edit.kind === 'changeTask') return tasks.with(index, { ...task, ...edit.task })
  const isNeeded = tasks.some(({ dependsOn }) => dependsOn?.includes(task.name ?? '') === true)
  return isNeeded || tasks.length < 2 ? undefined : tasks.toSpliced(index, 1)
}
