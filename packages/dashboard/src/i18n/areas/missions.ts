import { area } from '../area.ts'

export const missions = area({
  en: {},
  'zh-CN': {},
})
