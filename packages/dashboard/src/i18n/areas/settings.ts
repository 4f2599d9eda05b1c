import { area } from '../area.ts'

export const settings = area({
  en: { theme: 'Theme' },
  'zh-CN': { theme: '主题' },
})
