import { area } from '../area.ts'

export const fleet = area({
  en: {},
  'zh-CN': {},
})
