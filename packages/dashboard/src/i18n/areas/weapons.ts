import { area } from '../area.ts'

export const weapons = area({
  en: {},
  'zh-CN': {},
})
