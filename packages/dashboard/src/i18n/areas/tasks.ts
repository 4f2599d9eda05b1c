import { area } from '../area.ts'

export const tasks = area({
  en: {
    none: 'There are no flight tasks here: they come with missions.', mission: 'Mission', stage: 'Stage', aircraft: 'Aircraft type', node: 'Aircraft', role: 'Role',
    weapons: 'Weapons', retries: 'Retries', nextRetry: 'Next attempt', attempts: 'Attempts', pod: 'Pod', containers: 'Containers', container: 'Container',
    state: 'State', restarts: 'Restarts', exitCode: 'Exit code', image: 'Image', queued: 'Queued', placed: 'Placed', ran: 'Ran', noPod: 'It has no pod yet.',
    conditions: 'Conditions', condition: 'Condition', status: 'Status', reason: 'Reason', since: 'Since', replaced: 'Pods replaced', requirement: 'Requirement',
    perAircraft: 'Aircraft by aircraft', execution: 'In flight', kubectl: 'Copy kubectl command', gates: 'Start gates', optional: 'optional',
    roles: { task: 'task', init: 'init', sidecar: 'weapon sidecar' },
    states: { waiting: 'waiting', running: 'running', terminated: 'ended', unknown: 'unknown' },
    tabs: { attempts: 'Attempts', aircraft: 'Aircraft', logs: 'Logs', conditions: 'Conditions', events: 'Events', yaml: 'YAML' },
    logs: {
      container: 'Container', previous: 'Before the restart', follow: 'Follow', search: 'Search the log', lines: '{n} lines', ended: 'The log has ended.',
      broken: 'The log broke off: {message}',
    },
  },
  'zh-CN': {
    none: '这里没有飞行任务：飞行任务随任务创建。', mission: '任务', stage: '阶段', aircraft: '机型', node: '飞机', role: '角色',
    weapons: '武器', retries: '重试', nextRetry: '下次尝试', attempts: '尝试', pod: 'Pod', containers: '容器', container: '容器',
    state: '状态', restarts: '重启', exitCode: '退出码', image: '镜像', queued: '排队', placed: '已放置', ran: '运行', noPod: '尚无 Pod。',
    conditions: '状况', condition: '状况', status: '状态', reason: '原因', since: '自', replaced: '已替换的 Pod', requirement: '要求',
    perAircraft: '逐架飞机', execution: '飞行中', kubectl: '复制 kubectl 命令', gates: '启动门', optional: '可选',
    roles: { task: '任务', init: '初始化', sidecar: '武器边车' },
    states: { waiting: '等待', running: '运行', terminated: '已结束', unknown: '未知' },
    tabs: { attempts: '尝试', aircraft: '飞机', logs: '日志', conditions: '状况', events: '事件', yaml: 'YAML' },
    logs: {
      container: '容器', previous: '重启之前', follow: '跟随', search: '搜索日志', lines: '{n} 行', ended: '日志已结束。',
      broken: '日志中断：{message}',
    },
  },
})
