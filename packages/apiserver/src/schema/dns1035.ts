/** Names of kinds and plurals. */

const RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

/** What keeps a text from being a DNS-1035 label; undefined where nothing does. */
export function labelProblem(text: string): string | undefined {
  if (text.length > 63) return 'must be no more than 63 characters'
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) ? undefined : RULE
}
