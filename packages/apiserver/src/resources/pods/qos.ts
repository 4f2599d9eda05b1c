/** The quality-of-service class of a pod, from what its containers ask for. */
import { canonicalQuantity, isJsonObject } from '@sortie/machinery'
import type { ApiObject } from '../../store/index.ts'
import { type Fields, listOf, objectOf } from './fields.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const COUNTED = ['cpu', 'memory'] as const

export function qosClassOf(pod: ApiObject): QosClass {
  const spec = isJsonObject(pod['spec']) ? pod['spec'] : {}
  const containers = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')]
  const resources = containers.map((container) => objectOf(container, 'resources'))
  const asksNothing = resources.every(
    (one) => isEmpty(objectOf(one, 'requests')) && isEmpty(objectOf(one, 'limits')),
  )
  if (asksNothing) return 'BestEffort'
  return resources.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

function isEmpty(list: Fields): boolean {
  return COUNTED.every((name) => !isPositive(list[name]))
}

function isPositive(quantity: unknown): boolean {
  return quantity !== undefined && quantity !== null && !/^0+[a-zA-Z]*$/.test(String(quantity))
}

function isGuaranteed(resources: Fields): boolean {
  const requests = objectOf(resources, 'requests')
  const limits = objectOf(resources, 'limits')
  return COUNTED.every((name) => {
    if (!isPositive(limits[name])) return false
    const requested = requests[name] ?? limits[name]
    return canonicalQuantity(String(requested)) === canonicalQuantity(String(limits[name]))
  })
}
