/**
 * Kubernetes' rules for names, label keys and label values, with the API server's own words for
 * what is wrong.
 */

const LABEL_NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** The longest label value, label name and DNS label. */
export const MAX_LABEL_LENGTH = 63
/** The longest DNS subdomain, and so the longest name of an object. */
export const MAX_NAME_LENGTH = 253

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const DNS_LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
  "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const DNS_SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
  "end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

/** What is wrong with a label's value, as the API server says it; empty where nothing is. */
export function labelValueErrors(value: string): readonly string[] {
  return problems(value, { longest: MAX_LABEL_LENGTH, pattern: LABEL_VALUE, rule: VALUE_RULE })
}

export function isLabelValue(value: string): boolean {
  return value.length <= MAX_LABEL_LENGTH && LABEL_VALUE.test(value)
}

/** What is wrong with a label's key (`name` or `prefix.of.dns/name`); empty where nothing is. */
export function labelKeyErrors(key: string): readonly string[] {
  const parts = key.split('/')
  if (parts.length > 2) {
    const optional = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    return [`a qualified name ${NAME_RULE}${optional}`]
  }
  const name = parts[parts.length - 1] ?? ''
  const found: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') found.push('prefix part must be non-empty')
    else found.push(...dnsSubdomainErrors(prefix).map((problem) => `prefix part ${problem}`))
  }
  if (name === '') found.push('name part must be non-empty')
  else if (name.length > MAX_LABEL_LENGTH) {
    found.push(`name part must be no more than ${MAX_LABEL_LENGTH} characters`)
  }
  if (!LABEL_NAME.test(name)) found.push(`name part ${NAME_RULE}`)
  return found
}

export function isLabelKey(key: string): boolean {
  return labelKeyErrors(key).length === 0
}

/**
 * What keeps `text` from being a DNS label (RFC 1123, at most 63 characters); empty where nothing
 * does.
 */
export function dnsLabelErrors(text: string): readonly string[] {
  return problems(text, { longest: MAX_LABEL_LENGTH, pattern: DNS_LABEL, rule: DNS_LABEL_RULE })
}

export function isDnsLabel(text: string): boolean {
  return text.length <= MAX_LABEL_LENGTH && DNS_LABEL.test(text)
}

/**
 * What keeps `text` from being a DNS subdomain (RFC 1123, at most 253 characters); empty where
 * nothing does.
 */
export function dnsSubdomainErrors(text: string): readonly string[] {
  return problems(text, {
    longest: MAX_NAME_LENGTH,
    pattern: DNS_SUBDOMAIN,
    rule: DNS_SUBDOMAIN_RULE,
  })
}

export function isDnsSubdomain(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && DNS_SUBDOMAIN.test(text)
}

interface TextRule {
  readonly longest: number
  readonly pattern: RegExp
  readonly rule: string
}

function problems(text: string, { longest, pattern, rule }: TextRule): readonly string[] {
  const found: string[] = []
  if (text.length > longest) found.push(`must be no more than ${longest} characters`)
  if (!pattern.test(text)) found.push(rule)
  return found
}
