/** Container images of weapons. */

/**
 * The image that a weapon's container runs: repository and tag joined. A repository that holds a tag or a digest itself
 * (after its last slash, so that a registry's port is none) is taken as it is. Undefined where there is no repository.
 */
export function imageOf(
  image: { readonly repository?: string; readonly tag?: string } | undefined,
): string | undefined {
  const repository = image?.repository?.trim() ?? ''
  if (repository === '') return undefined
  if (repository.includes('@') || lastSegment(repository).includes(':')) return repository
  const tag = image?.tag?.trim() ?? ''
  return `${repository}:${tag === '' ? 'latest' : tag}`
}

function lastSegment(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1)
}

const DOMAIN = '(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?'
const SEGMENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${SEGMENT}(?:/${SEGMENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$`,
)

/** Whether a text is an image reference that a kubelet can read. */
export function isImageReference(text: string): boolean {
  return text.length <= 512 && REFERENCE.test(text)
}
