/**
 * What the diagnosis says of aircraft inside its sentences (requirements, verdicts, what would make one fit), which comes in English:
 * said anew in another language, phrase by phrase. What no phrase knows stays as it is: names, labels, numbers.
 */
import type { Language } from '../state/preferences.ts'

type Phrase = readonly [english: RegExp, said: string]

/** Longer ones before those that they contain. */
const CHINESE: readonly Phrase[] = [
  [/ \(rejects (\d+), leaves (\d+)\)/g, '（排除 $1，剩余 $2）'],
  [/the aircraft that failed it before were allowed/g, '允许此前使它失败的飞机'],
  [/its status were (\S+) instead of (\S+)/g, '其状态为 $1（而非 $2）'],
  [/its quarantine were over/g, '其隔离结束'],
  [/its node were ready/g, '其节点就绪'],
  [/it were not cordoned/g, '它未被封锁'],
  [/the taint (\S+) were tolerated/g, '容忍污点 $1'],
  [/no fuel were asked for/g, '不要求燃油'],
  [/no hardpoints were asked for/g, '不要求挂点'],
  [/capability (\S+) were not asked for/g, '不要求能力 $1'],
  [/free for a task were not asked for/g, '不要求空闲任务位'],
  [/the node (\S+) were not asked for/g, '不要求节点 $1'],
  [/none of ((?:\S+, )*\S+) were not asked for/g, '不排除 $1'],
  [/(?<=^| and )((?:(?! and ).)+) were not asked for/g, '不要求 $1'],
  [/fuel ≥/g, '燃油 ≥'],
  [/hardpoints ≥/g, '挂点 ≥'],
  [/\btype (\S+)/g, '机型 $1'],
  [/\bstatus (\S+)/g, '状态 $1'],
  [/\bcapability (\S+)/g, '能力 $1'],
  [/\blocation (\S+)/g, '位置 $1'],
  [/\bthe node (\S+)/g, '节点 $1'],
  [/\bnone of (\S+)/g, '避开 $1'],
  [/its node ready/g, '节点就绪'],
  [/not cordoned/g, '未被封锁'],
  [/not in quarantine/g, '未被隔离'],
  [/no taint that keeps it away/g, '没有阻挡它的污点'],
  [/free for a task/g, '有空闲任务位'],
  [/no node at all/g, '没有任何节点'],
  [/(\S+) of (\S+) free/g, '空闲 $1 / $2'],
  [/ instead of ([^\s,（）]+)/g, '（而非 $1）'],
  [/\bthe gates? (?=\S)/g, '启动门 '],
  [/\btask (?=\S)/g, ''],
  [/ and (\d+) more/g, ' 等另外 $1 个'],
  [/, or /g, '，或 '],
  [/ and /g, '，且'],
  [/^no message was kept$/g, '没有留下消息'],
  [/^none$/g, '无'],
  [/^ready$/g, '就绪'],
  [/^cordoned$/g, '已封锁'],
  [/^open$/g, '未封锁'],
  [/^free$/g, '未隔离'],
  [/^in quarantine$/g, '隔离中'],
]

/** What the dashboard's own server says around the API server's words. */
const ANSWERS: readonly Phrase[] = [
  [/^the API server does not answer: /, 'API 服务器无响应：'],
  [/^(.+) in namespace (\S+)$/, '命名空间 $2 中的 $1'],
]

const PHRASES: Readonly<Record<Language, readonly Phrase[]>> = { en: [], 'zh-CN': CHINESE }

/** What the dashboard's server answers where it cannot give what was asked for, in a language. */
export function sayAnswer(english: string, language: Language): string {
  if (language === 'en') return english
  return ANSWERS.reduce((text, [from, to]) => text.replace(from, to), english)
}

/** The phrase in a language. */
export function sayPhrase(english: string, language: Language): string {
  return PHRASES[language].reduce((text, [from, to]) => text.replace(from, to), english)
}
