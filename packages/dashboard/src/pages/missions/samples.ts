/** What a new mission begins from. */

/** A mission that flies on the fleet of `npm start`: two stages, the second after the first. */
export const SAMPLE = `apiVersion: airforce.airforce.mil/v1alpha1
kind: Mission
metadata:
  name: first-light
  namespace: NAMESPACE
spec:
  missionName: First light
  missionType: patrol
  priority: medium
  stages:
    - name: look
      type: parallel
      flightTasks:
        - aircraft: AIRCRAFT
          count: 2
          role: scout
    - name: report
      type: sequential
      dependsOn: [look]
      flightTasks:
        - aircraft: AIRCRAFT
          role: relay
`

/** The sample for a namespace and a type of aircraft that the fleet has. */
export function sampleFor(namespace: string, aircraft: string): string {
  return SAMPLE.replaceAll('NAMESPACE', namespace).replaceAll('AIRCRAFT', aircraft)
}
