import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  containerdConfig,
  kubeletConfig,
  kubeletKubeconfig,
  networkConfig,
  PAUSE,
} from './configuration.ts'

describe('a real node’s files', () => {
  test('let nobody ask the kubelet without a name, and nobody reach it from outside', () => {
    const files = { folder: '/node', address: '10.88.0.2', clientCa: '/ca.crt' }
    const { address, authentication, authorization, readOnlyPort } = JSON.parse(
      kubeletConfig(files),
    )
    assert.equal(address, '10.88.0.2')
    assert.equal(readOnlyPort, 0)
    assert.equal(authentication.anonymous.enabled, false)
    assert.equal(authentication.x509.clientCAFile, '/ca.crt')
    assert.equal(authorization.mode, 'Webhook')
  })

  test('check the API server’s certificate, by the name of its service', () => {
    const text = kubeletKubeconfig({ server: '10.88.0.1:4', ca: 'PEM', token: 'secret' })
    const [{ cluster }] = JSON.parse(text).clusters
    assert.equal(cluster.server, 'https://10.88.0.1:4')
    assert.equal(cluster['tls-server-name'], 'kubernetes.default.svc')
    assert.equal(Buffer.from(cluster['certificate-authority-data'], 'base64').toString(), 'PEM')
  })

  test('keep all that is written in the node’s folder', () => {
    const containerd = containerdConfig('/node')
    assert.match(containerd, /^root = "\/node\/containerd"$/m)
    assert.ok(containerd.includes(`sandbox_image = "${PAUSE.image}"`))
    const [{ ipam }] = JSON.parse(networkConfig('/node')).plugins
    assert.equal(ipam.dataDir, '/node/addresses')
  })
})
