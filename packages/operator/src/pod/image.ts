import { objectOf, textOf } from './fields.ts'

/**
 * The image reference of a repository and a tag. A colon counts as a tag's only after the last slash, so a registry's port
 * (`host:5000/x`) is none; a tag given beside it takes the place of one in the repository; a digest stays as it is.
 * Undefined where there is no repository.
 */
export function imageReference(image: unknown): string | undefined {
  const repository = textOf(objectOf(image), 'repository')?.trim()
  if (repository === undefined || repository === '') return undefined
  if (repository.includes('@')) return repository
  const tag = textOf(objectOf(image), 'tag')?.trim()
  if (tag === undefined || tag === '') return repository
  const colon = repository.indexOf(':', repository.lastIndexOf('/') + 1)
  const stem = colon < 0 ? repository : repository.slice(0, colon)
  return /^[a-z0-9]+:/.test(tag) ? `${stem}@${tag}` : `${stem}:${tag}`
}
