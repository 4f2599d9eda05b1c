import { area } from '../area.ts'

export const board = area({
  en: {},
  'zh-CN': {},
})
