/** Services as kubectl shows them. */
import type { KubeObject } from '@sortie/machinery'
import {
  ageColumn,
  at,
  cellOf,
  column,
  listAt,
  NONE,
  nameColumn,
  textAt,
  textOrNone,
  wideColumn,
} from './columns.ts'
import type { TableKind } from './table.ts'

function clusterIp(service: KubeObject): string {
  const addresses = at(service, 'spec.clusterIPs')
  const first = Array.isArray(addresses) ? addresses[0] : undefined
  return typeof first === 'string' && first !== '' ? first : textOrNone(service, 'spec.clusterIP')
}

function externalIp(service: KubeObject): string {
  const given = at(service, 'spec.externalIPs')
  const addresses = Array.isArray(given) ? given.map(String) : []
  switch (textAt(service, 'spec.type')) {
    case 'ExternalName':
      return textAt(service, 'spec.externalName')
    case 'LoadBalancer':
      return [...balancers(service), ...addresses].join(',') || '<pending>'
    default:
      return addresses.join(',') || NONE
  }
}

function balancers(service: KubeObject): readonly string[] {
  const points = listAt(service, 'status.loadBalancer.ingress')
  return points.map((point) => textAt(point, 'ip') || textAt(point, 'hostname')).filter(Boolean)
}

function ports(service: KubeObject): string {
  const shown = listAt(service, 'spec.ports').map(({ port, nodePort, protocol = 'TCP' }) => {
    const own = typeof nodePort === 'number' && nodePort > 0 ? `:${nodePort}` : ''
    return `${port}${own}/${protocol}`
  })
  return shown.join(',') || NONE
}

function selector(service: KubeObject): string {
  const labels = at(service, 'spec.selector')
  if (typeof labels !== 'object' || labels === null) return NONE
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return pairs.sort().join(',') || NONE
}

export const serviceKind: TableKind = {
  columns: [
    nameColumn,
    column('Type', cellOf('spec.type')),
    column('Cluster-IP', clusterIp),
    column('External-IP', externalIp),
    column('Port(s)', ports),
    ageColumn,
    wideColumn('Selector', selector),
  ],
}
