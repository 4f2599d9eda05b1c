import { area } from '../area.ts'

export const events = area({
  en: {},
  'zh-CN': {},
})
