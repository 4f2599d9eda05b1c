/** What every pod of an installation has, so that it passes Kubernetes' level `restricted` and cannot write where it runs. */

/** The user of the image, without rights. */
const USER = 65_532

/** A pod's securityContext. */
export function podSecurity() {
  return {
    runAsNonRoot: true,
    runAsUser: USER,
    runAsGroup: USER,
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

/** A container's securityContext. */
export function containerSecurity() {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  }
}
