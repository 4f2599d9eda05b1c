import { area } from '../area.ts'

export const missions = area({
  en: {
    title: 'Missions', new: 'New mission', priority: 'Priority', stages: 'Stages', tasks: 'Tasks', failures: 'Failed', retries: 'Retries',
    type: 'Type', none: 'No mission has been flown here yet.',
    tabs: { plan: 'Plan', timeline: 'Timeline', tasks: 'Tasks', events: 'Events', yaml: 'YAML' },
    suspended: 'Suspended', stopping: 'Stopping', drift: 'Spec drift', failureAction: 'If a stage fails', why: 'Why',
    graph: { in: 'Larger', out: 'Smaller', fit: 'Fit', gang: 'gang', after: 'after {stages}', png: 'PNG ↓' },
    timeline: {
      queued: 'queued', scheduled: 'scheduled', running: 'running', critical: 'critical path', attempt: 'attempt {n}', foldIdle: 'Fold idle time',
      foldStages: 'Fold stages', follow: 'Follow now',
    },
    actions: {
      cancel: 'Cancel mission', suspend: 'Suspend', resume: 'Resume', retry: 'Retry', delete: 'Delete', copy: 'Copy',
      old: 'What is shown here is old: the server cannot be heard. Look again before you go on.',
      ask: { cancel: 'Cancel {name}?', suspend: 'Suspend {name}?', resume: 'Resume {name}?', retry: 'Retry {name}?', delete: 'Delete {name}?' },
      effect: {
        cancel: 'Running tasks get the grace period to end; the mission ends Cancelled. This cannot be undone.',
        suspend: 'No new task starts; running tasks go on, and clocks stand still.',
        resume: 'Waiting tasks start again.',
        retry: 'Failed and cancelled stages run again; tasks that succeeded are kept.',
        delete: 'The mission, its stages, tasks and pods are deleted. This cannot be undone.',
      },
      done: { cancel: '{name} is being cancelled', suspend: '{name} is suspended', resume: '{name} goes on', retry: '{name} runs again', delete: '{name} is being deleted' },
    },
    yaml: {
      reload: 'Read again', edit: 'Edit', try: 'Try (dry run)', saved: '{name} was saved', conflict: 'Somebody else has changed it meanwhile; read it again.',
      preview: 'What the API server would store, compared with what it has:',
    },
    create: {
      title: 'New mission', from: 'Begin with', blank: 'An example', copyOf: 'A copy of {name}', template: 'Template {name}', submit: 'Create', try: 'Try (dry run)',
      tried: 'The API server would accept it.', created: '{name} was created', notAllowed: 'You may not create missions in {namespace}.',
    },
  },
  'zh-CN': {
    title: '任务', new: '新建任务', priority: '优先级', stages: '阶段', tasks: '飞行任务', failures: '失败', retries: '重试',
    type: '类型', none: '这里还没有执行过任务。',
    tabs: { plan: '计划', timeline: '时间线', tasks: '飞行任务', events: '事件', yaml: 'YAML' },
    suspended: '已暂停', stopping: '正在停止', drift: '规格偏移', failureAction: '阶段失败时', why: '原因',
    graph: { in: '放大', out: '缩小', fit: '适应宽度', gang: '编组', after: '在 {stages} 之后', png: 'PNG ↓' },
    timeline: {
      queued: '排队', scheduled: '已调度', running: '运行', critical: '关键路径', attempt: '第 {n} 次尝试', foldIdle: '折叠空闲时间',
      foldStages: '折叠阶段', follow: '跟随当前',
    },
    actions: {
      cancel: '取消任务', suspend: '暂停', resume: '继续', retry: '重试', delete: '删除', copy: '复制',
      old: '这里显示的内容已陈旧：无法连接服务器。请先确认再继续。',
      ask: { cancel: '取消 {name}？', suspend: '暂停 {name}？', resume: '继续 {name}？', retry: '重试 {name}？', delete: '删除 {name}？' },
      effect: {
        cancel: '运行中的飞行任务可在宽限期内结束；任务以“已取消”结束。此操作无法撤销。',
        suspend: '不再启动新的飞行任务；运行中的继续，计时停止。',
        resume: '等待中的飞行任务将重新启动。',
        retry: '失败和已取消的阶段将重新运行；已成功的飞行任务保留。',
        delete: '任务及其阶段、飞行任务和 Pod 都将被删除。此操作无法撤销。',
      },
      done: { cancel: '正在取消 {name}', suspend: '{name} 已暂停', resume: '{name} 已继续', retry: '{name} 重新运行', delete: '正在删除 {name}' },
    },
    yaml: {
      reload: '重新读取', edit: '编辑', try: '试运行', saved: '{name} 已保存', conflict: '其他人已同时修改；请重新读取。',
      preview: 'API 服务器将保存的内容与现有内容的比较：',
    },
    create: {
      title: '新建任务', from: '起点', blank: '示例', copyOf: '{name} 的副本', template: '模板 {name}', submit: '创建', try: '试运行',
      tried: 'API 服务器会接受它。', created: '{name} 已创建', notAllowed: '您无权在 {namespace} 中创建任务。',
    },
  },
})
