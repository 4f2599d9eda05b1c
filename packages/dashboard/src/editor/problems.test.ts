import { expect, it } from 'vitest'
import { checkManifest, pathOf, placeCauses } from './problems.ts'

const MISSION = `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata:
  name: dawn
spec:
  missionName: Dawn
  stages:
  - name: scan
    type: odd
    flightTasks:
    - aircraft: drone
`

it('underlines the line of a value that the schema does not know', () => {
  const { object, problems } = checkManifest(MISSION)
  expect(object?.kind).toBe('Mission')
  const [problem] = problems.filter(({ severity }) => severity === 'error')
  expect(MISSION.slice(problem?.from, problem?.to)).toBe('type: odd')
  expect(problem?.message).toMatch(/^spec\.stages\[0\]\.type: /)
})

it('finds nothing wrong with a mission that is right', () => {
  expect(checkManifest(MISSION.replace('odd', 'parallel')).problems).toEqual([])
})

it('names broken YAML, and two documents', () => {
  expect(checkManifest('a: [1').problems[0]?.severity).toBe('error')
  expect(checkManifest('a: [1').object).toBeUndefined()
  expect(checkManifest(`${MISSION}---\n${MISSION}`).problems.at(0)?.message).toMatch(
    /only one document/,
  )
})

it('reads the paths of the API server', () => {
  expect(pathOf('spec.stages[1].flightTasks[0].name')).toEqual([
    'spec',
    'stages',
    1,
    'flightTasks',
    0,
    'name',
  ])
  expect(pathOf('metadata.labels["a.b/c"]')).toEqual(['metadata', 'labels', 'a.b/c'])
})

it("puts the server's causes where the fields stand", () => {
  const [problem] = placeCauses(MISSION, [{ field: 'spec.missionName', message: 'too plain' }])
  expect(MISSION.slice(problem?.from, problem?.to)).toBe('missionName: Dawn')
})
