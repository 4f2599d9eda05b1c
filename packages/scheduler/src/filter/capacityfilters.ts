/** The checks that look at what the pods on a node have left of it. */
import { writeAmount } from '@sortie/api'
import { freeOf, type NodeInfo } from '../snapshot/nodeinfo.ts'
import { portsClash } from '../snapshot/podinfo.ts'
import { type Filter, PASSES, type Reasons } from './filter.ts'

export const nodeResourcesFit: Filter = {
  name: 'NodeResourcesFit',
  isStatic: false,
  prepare({ requests }) {
    const wanted = Object.keys(requests).filter((name) => (requests[name] ?? 0) > 0)
    const reasons = new Map(wanted.map((name) => [name, [insufficient(name)]]))
    return (node) => {
      let lacking: Reasons = PASSES
      for (const name of wanted) {
        if ((requests[name] ?? 0) <= freeOf(node, name)) continue
        const reason = reasons.get(name) ?? PASSES
        lacking = lacking === PASSES ? reason : [...lacking, ...reason]
      }
      return lacking
    }
  },
  explain({ requests }, node) {
    const lacking = Object.keys(requests).filter(
      (name) => (requests[name] ?? 0) > Math.max(0, freeOf(node, name)),
    )
    return lacking.map((name) => shortage(name, requests[name] ?? 0, node)).join('; ')
  },
}

function insufficient(resource: string): string {
  return resource === 'pods' ? 'Too many pods' : `Insufficient ${resource}`
}

function shortage(resource: string, wanted: number, node: NodeInfo): string {
  const write = (amount: number): string => writeAmount(resource, amount)
  const [free, has] = [freeOf(node, resource), node.allocatable[resource] ?? 0]
  return `${resource}: wants ${write(wanted)}, ${write(free)} of ${write(has)} free`
}

const PORTS_TAKEN = ["node(s) didn't have free ports for the requested pod ports"]

export const nodePorts: Filter = {
  name: 'NodePorts',
  isStatic: false,
  prepare({ hostPorts }) {
    if (hostPorts.length === 0) return undefined
    return (node) => {
      for (const other of node.pods.values()) {
        for (const taken of other.hostPorts) {
          if (hostPorts.some((wanted) => portsClash(wanted, taken))) return PORTS_TAKEN
        }
      }
      return PASSES
    }
  },
}
