import { area } from '../area.ts'

export const fleet = area({
  en: {
    none: 'There is no node here.', aircraft: 'Aircraft', others: 'Other nodes', type: 'Type', zone: 'Zone', base: 'Base', status: 'Status', fuel: 'Fuel', hardpoints: 'Hardpoints',
    capabilities: 'Capabilities', task: 'Flies', tasks: 'Tasks', cpu: 'CPU', memory: 'Memory', ready: 'Ready', notReady: 'Not ready', cordoned: 'Cordoned', quarantined: 'Quarantined',
    invalid: 'Unreadable labels', problems: 'Problems', taints: 'Taints', roles: 'Roles', version: 'Kubelet', pods: 'Pods', noMetrics: 'no metrics', usage: 'Use', maintenance: 'Maintenance',
    health: 'Health', weapons: 'Own list of weapons', flown: 'Missions flown', ofCores: '{used} of {all} cores', ofMemory: '{used} of {all}', list: 'List', map: 'By type and zone',
    statuses: { ready: 'ready', busy: 'busy', maintenance: 'maintenance', offline: 'offline' }, free: 'free', idle: 'Idle', group: '{type} · {zone}', anywhere: 'no zone',
    running: 'Running pods', nothingRuns: 'Nothing runs on it now.', next: 'Waiting for its type',
    cordon: 'Cordon', uncordon: 'Uncordon', askCordon: 'Take no new tasks on {name}?', askUncordon: 'Take new tasks on {name} again?',
    cordonEffect: 'What flies goes on: {n} running. New tasks go elsewhere.', uncordonEffect: 'The scheduler may use it again.', cordonDone: '{name} takes no new tasks', uncordonDone: '{name} takes new tasks again',
  },
  'zh-CN': {
    none: '这里没有节点。', aircraft: '飞机', others: '其他节点', type: '机型', zone: '区域', base: '基地', status: '状态', fuel: '燃油', hardpoints: '挂点',
    capabilities: '能力', task: '正在执行', tasks: '飞行任务', cpu: 'CPU', memory: '内存', ready: '就绪', notReady: '未就绪', cordoned: '已停止调度', quarantined: '已隔离',
    invalid: '标签无法读取', problems: '问题', taints: '污点', roles: '角色', version: 'Kubelet', pods: 'Pod', noMetrics: '无指标', usage: '使用量', maintenance: '维护',
    health: '健康', weapons: '自身武器清单', flown: '已执行任务数', ofCores: '{used} / {all} 核', ofMemory: '{used} / {all}', list: '列表', map: '按机型和区域',
    statuses: { ready: '就绪', busy: '忙碌', maintenance: '维护', offline: '离线' }, free: '空闲', idle: '空闲', group: '{type} · {zone}', anywhere: '无区域',
    running: '运行中的 Pod', nothingRuns: '当前没有运行任何内容。', next: '等待该机型',
    cordon: '停止调度', uncordon: '恢复调度', askCordon: '不再向 {name} 派发新任务？', askUncordon: '重新向 {name} 派发任务？',
    cordonEffect: '正在执行的继续：{n} 个。新任务将派往别处。', uncordonEffect: '调度器可再次使用它。', cordonDone: '{name} 不再接受新任务', uncordonDone: '{name} 重新接受新任务',
  },
})
