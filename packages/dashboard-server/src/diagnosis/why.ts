/** Why something waits or failed: the diagnosis of @sortie/api, from objects that the person's own token may read. */
import { type Diagnosis, diagnose, gatherEvidence, SUBJECT_TYPES, type Subject } from '@sortie/api'
import type { Client } from '@sortie/client'
import type { Instant, KubeObject, ResourceType } from '@sortie/machinery'

/** The type that a kind's name means; undefined where nothing is known of why it waits. */
export function askableType(kind: string): ResourceType | undefined {
  return SUBJECT_TYPES.find((type) => type.kind === kind)
}

export interface Question {
  readonly type: ResourceType
  readonly namespace: string
  readonly name: string
}

/** @throws ApiStatusError where the subject is not there or may not be read, TransportError */
export async function explainWhy(
  client: Client,
  { type, namespace, name }: Question,
  now: Instant,
): Promise<Diagnosis> {
  const subject = await client.resource<KubeObject>(type).get({ namespace, name })
  const evidence = await gatherEvidence(subject as unknown as Subject, {
    list: async (listed, selection) =>
      (await client.resource<KubeObject>(listed).listAll(selection)).items,
  })
  return diagnose(subject as unknown as Subject, evidence, now)
}
