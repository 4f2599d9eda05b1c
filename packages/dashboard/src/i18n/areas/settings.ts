import { area } from '../area.ts'

export const settings = area({
  en: {
    theme: 'Theme', themes: { dark: 'Dark', light: 'Light', system: 'As the system' }, language: 'Language', zone: 'Time zone', density: 'Rows', densities: { comfortable: 'Comfortable', compact: 'Compact' },
    shortcuts: 'Keyboard shortcuts', look: 'This browser', connection: 'Connection', server: 'API server', version: 'Version', mode: 'Mode', user: 'User', groups: 'Groups', freshness: 'State',
    epoch: 'Stream', modes: { strict: 'strict: watched with your own token', hub: 'hub: one watch for all, gated by your rights', embedded: 'embedded: this machine alone' },
    permissions: 'What you may do', resource: 'Resource', inNamespace: 'In {namespace}', health: 'System health', leaders: 'Leaders', part: 'Part', holder: 'Held by', renewed: 'Renewed', views: 'Saved views', noViews: 'No filter has been kept yet.',
    exportViews: 'Export', importViews: 'Import', imported: '{n} views were imported', notViews: 'This file holds no saved views.', verbs: { list: 'list', create: 'create', patch: 'change', delete: 'delete' },
  },
  'zh-CN': {
    theme: '主题', themes: { dark: '深色', light: '浅色', system: '跟随系统' }, language: '语言', zone: '时区', density: '行高', densities: { comfortable: '舒适', compact: '紧凑' },
    shortcuts: '键盘快捷键', look: '此浏览器', connection: '连接', server: 'API 服务器', version: '版本', mode: '模式', user: '用户', groups: '用户组', freshness: '状态',
    epoch: '数据流', modes: { strict: '严格：使用您自己的令牌监视', hub: '集线：共用一个监视，按您的权限过滤', embedded: '嵌入：仅此机器' },
    permissions: '您的权限', resource: '资源', inNamespace: '命名空间 {namespace}', health: '系统健康', leaders: '领导者', part: '组件', holder: '持有者', renewed: '续期', views: '已保存的视图', noViews: '尚未保存筛选。',
    exportViews: '导出', importViews: '导入', imported: '已导入 {n} 个视图', notViews: '此文件不含已保存的视图。', verbs: { list: '列出', create: '创建', patch: '修改', delete: '删除' },
  },
})
