import { area } from '../area.ts'

export const diagnosis = area({
  en: {},
  'zh-CN': {},
})
