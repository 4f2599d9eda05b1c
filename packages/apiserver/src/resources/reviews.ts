/** Resources that are asked, not kept: reviews of access and of identity. */
import { defineResource } from './define.ts'

const AUTHORIZATION = 'authorization.k8s.io'
const AUTHENTICATION = 'authentication.k8s.io'

const review = (
  group: string,
  plural: string,
  names: { readonly kind: string; readonly namespaced?: boolean },
) =>
  defineResource({
    group,
    plural,
    kind: names.kind,
    namespaced: names.namespaced ?? false,
    verbs: ['create'],
  })

export const REVIEW_RESOURCES = [
  review(AUTHENTICATION, 'selfsubjectreviews', { kind: 'SelfSubjectReview' }),
  review(AUTHENTICATION, 'tokenreviews', { kind: 'TokenReview' }),
  review(AUTHORIZATION, 'localsubjectaccessreviews', {
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
  }),
  review(AUTHORIZATION, 'selfsubjectaccessreviews', { kind: 'SelfSubjectAccessReview' }),
  review(AUTHORIZATION, 'selfsubjectrulesreviews', { kind: 'SelfSubjectRulesReview' }),
  review(AUTHORIZATION, 'subjectaccessreviews', { kind: 'SubjectAccessReview' }),
]
