import { area } from '../area.ts'

export const stages = area({
  en: {
    none: 'There are no stages here: they come with missions.',
    index: 'No.',
    type: 'Type',
    after: 'Comes after',
    gates: 'Start gates',
    conditions: 'Waits for conditions',
    gang: 'Gang',
    gangPlaced: '{placed} of {total} placed',
    attempt: 'Run again',
    timeLeft: 'Time left',
    types: { sequential: 'sequential', parallel: 'parallel', mixed: 'mixed' },
    approve: {
      title: 'Approve',
      ask: 'Let {name} start?',
      effect: 'Opens the start gates {gates}. Once started a stage cannot be held again.',
      done: '{name} was approved',
    },
  },
  'zh-CN': {
    none: '这里没有阶段：阶段随任务创建。',
    index: '序号',
    type: '类型',
    after: '前置阶段',
    gates: '启动门',
    conditions: '等待的条件',
    gang: '编组',
    gangPlaced: '已放置 {placed} / {total}',
    attempt: '重新运行次数',
    timeLeft: '剩余时间',
    types: { sequential: '顺序', parallel: '并行', mixed: '混合' },
    approve: {
      title: '批准',
      ask: '允许 {name} 启动？',
      effect: '打开启动门 {gates}。阶段一旦启动便无法再拦住。',
      done: '{name} 已批准',
    },
  },
})
