import { area } from '../area.ts'

export const stages = area({
  en: {},
  'zh-CN': {},
})
