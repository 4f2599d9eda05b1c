import { area } from '../area.ts'

export const board = area({
  en: {
    problems: 'Needs a look', allWell: 'Nothing needs a look.', running: 'Running now', nothingRuns: 'No mission is running.', next: 'Next', nothingNext: 'Nothing waits.', lately: 'Lately', quiet: 'Nothing was recorded lately.',
    counts: { missions: 'Missions', tasks: 'Flight tasks', aircraft: 'Aircraft', free: 'free', flying: 'flying', away: 'not available' },
    failedMission: 'failed', retryingTask: 'next attempt {time}', waitingTask: 'waits since {age}', notReady: 'not ready', drift: 'changed after it started', gateWaits: 'waits for {gates}', warnings: 'Warnings', see: 'See all {n}',
  },
  'zh-CN': {
    problems: '需要关注', allWell: '没有需要关注的内容。', running: '正在运行', nothingRuns: '没有正在运行的任务。', next: '接下来', nothingNext: '没有等待中的内容。', lately: '最近', quiet: '近期没有记录。',
    counts: { missions: '任务', tasks: '飞行任务', aircraft: '飞机', free: '空闲', flying: '飞行中', away: '不可用' },
    failedMission: '失败', retryingTask: '下次尝试 {time}', waitingTask: '已等待 {age}', notReady: '未就绪', drift: '启动后被修改', gateWaits: '等待 {gates}', warnings: '警告', see: '查看全部 {n} 项',
  },
})
