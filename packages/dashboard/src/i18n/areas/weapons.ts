import { area } from '../area.ts'

export const weapons = area({
  en: {
    none: 'No weapon is known here.', matrix: 'Compatibility', list: 'Weapons', type: 'Type', category: 'Category', image: 'Image', version: 'Version', hardpoints: 'Hardpoints',
    deployed: 'Loaded', lifecycle: 'Lifecycle', strategy: 'Updates', success: 'Success', loaded: 'Loaded now', nowhere: 'It is loaded nowhere now.', any: 'any',
    fits: 'fits', fitsNot: 'does not fit', unlisted: 'not on the aircraft’s own list', tooFew: 'needs {needed} hardpoints, has {has}', aircraftType: 'Aircraft type', aircraftTypes: 'Aircraft types', hardpointTypes: 'Hardpoint types',
    sheet: 'Weapon by aircraft type', aircraft: 'Aircraft that can carry it', task: 'Task', where: 'Aircraft',
  },
  'zh-CN': {
    none: '这里没有已知的武器。', matrix: '兼容性', list: '武器', type: '类型', category: '类别', image: '镜像', version: '版本', hardpoints: '挂点',
    deployed: '已挂载', lifecycle: '生命周期', strategy: '更新方式', success: '成功率', loaded: '当前挂载', nowhere: '当前没有挂载。', any: '任意',
    fits: '兼容', fitsNot: '不兼容', unlisted: '不在飞机自身清单中', tooFew: '需要 {needed} 个挂点，现有 {has}', aircraftType: '机型', aircraftTypes: '机型', hardpointTypes: '挂点类型',
    sheet: '武器与机型', aircraft: '可携带的飞机', task: '飞行任务', where: '飞机',
  },
})
