/** Changes of a mission's spec in flight: pure. */
import type { Mission } from '@sortie/api'
import type { Edit, StagePlan, TaskPlan } from './scenario.ts'

type Spec = Mission['spec']
type Stages = NonNullable<Spec['stages']>

/** The spec after the edit; undefined where it would change nothing that makes sense. */
export function applyEdit(spec: Spec, edit: Edit): Spec | undefined {
  if (edit.kind === 'maxParallelTasks') return { ...spec, maxParallelTasks: edit.value }
  if (edit.kind === 'maxRetries') return withRetries(spec, edit.value)
  const stages = editStages(spec.stages ?? [], edit)
  return stages === undefined ? undefined : { ...spec, stages }
}

function withRetries(spec: Spec, maxRetries: number): Spec {
  const failurePolicy = { ...spec.config.failurePolicy, maxRetries }
  return { ...spec, config: { ...spec.config, failurePolicy } }
}

type StageEdit = Exclude<Edit, { readonly kind: 'maxParallelTasks' | 'maxRetries' }>

function editStages(stages: Stages, edit: StageEdit): Stages | undefined {
  if (edit.kind === 'addStage') {
    const isNew = stages.every(({ name }) => name !== edit.stage.name)
    return isNew ? [...stages, edit.stage as Stages[number]] : undefined
  }
  const index = Math.floor(edit.pick * stages.length)
  const stage = stages[index]
  if (stage === undefined) return undefined
  if (edit.kind === 'removeStage') return withoutStage(stages, index)
  // A gang must go on fitting into the fleet.
  if (edit.kind === 'addTask' && stage.synchronization?.waitForAll === true) return undefined
  const flightTasks = editTasks((stage.flightTasks ?? []) as readonly TaskPlan[], edit)
  if (flightTasks === undefined) return undefined
  return stages.with(index, { ...stage, flightTasks } as Stages[number])
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

type TaskEdit = Exclude<StageEdit, { readonly kind: 'addStage' | 'removeStage' }>

function editTasks(
  tasks: readonly TaskPlan[],
  edit: TaskEdit,
): StagePlan['flightTasks'] | undefined {
  if (edit.kind === 'addTask') {
    return tasks.some(({ name }) => name === edit.task.name) ? undefined : [...tasks, edit.task]
  }
  const index = Math.floor(edit.pick * tasks.length)
  const task = tasks[index]
  if (task === undefined) return undefined
  if (edit.kind === 'changeTask') return tasks.with(index, { ...task, ...edit.task })
  const isNeeded = tasks.some(({ dependsOn }) => dependsOn?.includes(task.name ?? '') === true)
  return isNeeded || tasks.length < 2 ? undefined : tasks.toSpliced(index, 1)
}
