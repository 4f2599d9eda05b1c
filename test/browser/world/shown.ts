/** Names that tests and the small world share. */

/** The mission that the pages are opened with, and things of its. */
export const SHOWN = {
  mission: 'coastal-survey',
  stage: 'coastal-survey-image',
  gated: 'coastal-survey-fuse',
  task: 'coastal-survey-image-strait-2',
  waiting: 'coastal-survey-image-strait-5',
  retried: 'coastal-survey-image-strait-4',
  failed: 'storm-watch',
  weapon: 'lidar-pod',
  node: 'uav-02',
} as const
