import { area } from '../area.ts'

export const tasks = area({
  en: {},
  'zh-CN': {},
})
