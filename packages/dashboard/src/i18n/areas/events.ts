import { area } from '../area.ts'

export const events = area({
  en: {
    none: 'Nothing was recorded lately; events expire after an hour.',
    reason: 'Reason',
    object: 'About',
    count: 'Times',
    last: 'Last',
    first: 'First',
    component: 'From',
    type: 'Severity',
    pause: 'Pause',
    paused: 'Paused: {n} newer',
    older: '{n} older ones, in the list of events',
    page: 'In the list of events',
  },
  'zh-CN': {
    none: '近期没有记录；事件在一小时后过期。',
    reason: '原因',
    object: '对象',
    count: '次数',
    last: '最近',
    first: '首次',
    component: '来源',
    type: '级别',
    pause: '暂停',
    paused: '已暂停：{n} 条新事件',
    older: '在事件列表中查看更早的 {n} 条',
    page: '在事件列表中查看',
  },
})
