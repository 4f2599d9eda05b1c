import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAddress } from './address.ts'

const from = (remoteAddress: string | undefined, forwarded?: string, isProxied = true): string =>
  clientAddress(
    {
      socket: { remoteAddress },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    },
    isProxied,
  )

test('behind a proxy it is the last that was added, which the proxy saw itself', () => {
  assert.equal(from('10.0.0.1', '203.0.113.9'), '203.0.113.9')
  assert.equal(from('10.0.0.1', '1.1.1.1, 203.0.113.9'), '203.0.113.9')
  assert.equal(from('10.0.0.1', '203.0.113.9', false), '10.0.0.1')
})

test('where the proxy names none, or what is none, it is the proxy itself', () => {
  assert.equal(from('10.0.0.1'), '10.0.0.1')
  assert.equal(from('10.0.0.1', 'unknown'), '10.0.0.1')
  assert.equal(from('10.0.0.1', 'x'.repeat(30_000)), '10.0.0.1')
  assert.equal(from(undefined), '')
})

test('all addresses of one IPv6 network are one, and IPv4 is the same however it came', () => {
  assert.equal(from('2001:db8:1:2::7'), '2001:db8:1:2')
  assert.equal(from('2001:db8:1:2:aaaa:bbbb:cccc:dddd'), '2001:db8:1:2')
  assert.equal(from('2001:db8::9'), '2001:db8:0:0')
  assert.equal(from('::1'), '0:0:0:0')
  assert.equal(from('fe80::1%eth0'), 'fe80:0:0:0')
  assert.equal(from('::ffff:10.0.0.7'), '10.0.0.7')
})
