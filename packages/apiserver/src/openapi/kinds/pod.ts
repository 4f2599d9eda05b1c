/** core/v1: pods. */

/** Types of pods in the notation of model.ts. */
export const POD_TYPES: Readonly<Record<string, string>> = {
  'Pod kind list': `A set of containers that run together on one node.
    spec PodSpec always -- What is wanted.
    status PodStatus always -- What is. Read-only.`,
  'PodTemplate kind list': `A template of pods.
    template PodTemplateSpec always -- What a pod made from it is like.`,
  PodTemplateSpec: `What pods made from a template are like.
    metadata ObjectMeta always -- Metadata of the pods.
    spec PodSpec always -- What is wanted of the pods.`,
  PodSpec: `What is wanted of a pod.
    activeDeadlineSeconds *int64 -- Seconds that the pod may run before it is ended as failed.
    affinity Affinity -- Where the pod may and should be placed.
    automountServiceAccountToken *bool -- Whether a service account token is mounted.
    containers! []Container map(name) merge(name) -- The containers; at least one.
    dnsConfig PodDNSConfig -- DNS settings of the pod.
    dnsPolicy string -- ClusterFirst, ClusterFirstWithHostNet, Default or None.
    enableServiceLinks *bool -- Whether services appear in the environment.
    ephemeralContainers []EphemeralContainer map(name) merge(name) -- Containers added to look into a running pod.
    hostAliases []HostAlias map(ip) merge(ip) -- Lines of the hosts file.
    hostIPC bool -- Use the node's IPC namespace.
    hostNetwork bool -- Use the node's network.
    hostPID bool -- Use the node's process namespace.
    hostUsers *bool -- Use the node's user namespace.
    hostname string -- Host name of the pod.
    imagePullSecrets []LocalObjectReference map(name) merge(name) -- Secrets for pulling images.
    initContainers []Container map(name) merge(name) -- Containers that run first, one after the other; with restartPolicy Always, sidecars.
    nodeName string -- Node that the pod is bound to.
    nodeSelector map:string atomic -- Labels that the node must have.
    os PodOS -- Operating system of the containers.
    overhead map:Quantity -- Resources that running the pod itself takes.
    preemptionPolicy *string -- PreemptLowerPriority or Never.
    priority *int32 -- Priority; filled in from the class.
    priorityClassName string -- Class of the priority.
    readinessGates []PodReadinessGate -- Further conditions of readiness.
    resourceClaims []PodResourceClaim map(name) merge(name) retain -- Claims of devices.
    resources ResourceRequirements -- Resources of the pod as a whole.
    restartPolicy string -- Always, OnFailure or Never.
    runtimeClassName *string -- How containers are run.
    schedulerName string -- Scheduler that places the pod.
    schedulingGates []PodSchedulingGate map(name) merge(name) -- Keep the pod from being scheduled while there is any.
    securityContext PodSecurityContext -- Security settings of all containers.
    serviceAccount string -- Older name of serviceAccountName.
    serviceAccountName string -- Service account that the pod runs as.
    setHostnameAsFQDN *bool -- Use the full domain name as host name.
    shareProcessNamespace *bool -- Containers see each other's processes.
    subdomain string -- Subdomain of the pod's host name.
    terminationGracePeriodSeconds *int64 -- Seconds that the pod gets to end.
    tolerations []Toleration -- Taints that the pod puts up with.
    topologySpreadConstraints []TopologySpreadConstraint map(topologyKey,whenUnsatisfiable) merge(topologyKey) -- How pods are spread.
    volumes []Volume map(name) merge(name) retain -- Volumes that containers may mount.`,
  PodOS: `Operating system.
    name! string -- linux or windows.`,
  PodSchedulingGate: `Keeps a pod from being scheduled.
    name! string -- Name of the gate.`,
  PodReadinessGate: `A condition that must be True.
    conditionType! string -- Type of the condition.`,
  PodResourceClaim: `A claim of devices.
    name! string -- Name in the pod.
    resourceClaimName *string -- A claim that exists.
    resourceClaimTemplateName *string -- A template to make the claim from.`,
  HostAlias: `A line of the hosts file.
    hostnames []string -- Names of the address.
    ip! string -- The address.`,
  PodDNSConfig: `DNS settings.
    nameservers []string -- Addresses of name servers.
    options []PodDNSConfigOption -- Options of the resolver.
    searches []string -- Search domains.`,
  PodDNSConfigOption: `An option of the resolver.
    name string -- Name.
    value *string -- Value.`,
  Container: `One container of a pod.
    args []string -- Arguments of the entry point.
    command []string -- Entry point.
    env []EnvVar map(name) merge(name) -- Environment.
    envFrom []EnvFromSource -- Environment out of whole config maps and secrets.
    image string -- Image.
    imagePullPolicy string -- Always, Never or IfNotPresent.
    lifecycle Lifecycle -- What to do after the start and before the end.
    livenessProbe Probe -- The container is restarted when this fails.
    name! string -- Name, a DNS label.
    ports []ContainerPort map(containerPort,protocol) merge(containerPort) -- Ports that are listened on.
    readinessProbe Probe -- The container gets no traffic while this fails.
    resizePolicy []ContainerResizePolicy -- What happens when resources change.
    resources ResourceRequirements always -- What it needs and may use.
    restartPolicy *string -- Always makes an init container a sidecar.
    securityContext SecurityContext -- Security settings.
    startupProbe Probe -- Other probes wait until this succeeds.
    stdin bool -- Keep the standard input open.
    stdinOnce bool -- Close it after the first attach.
    terminationMessagePath string -- File whose content becomes the termination message.
    terminationMessagePolicy string -- File or FallbackToLogsOnError.
    tty bool -- Give it a terminal.
    volumeDevices []VolumeDevice map(devicePath) merge(devicePath) -- Block devices.
    volumeMounts []VolumeMount map(mountPath) merge(mountPath) -- Where volumes are mounted.
    workingDir string -- Working directory.`,
  EphemeralContainer: `A container added to look into a running pod.
    args []string -- Arguments.
    command []string -- Entry point.
    env []EnvVar map(name) merge(name) -- Environment.
    envFrom []EnvFromSource -- Environment out of whole config maps and secrets.
    image string -- Image.
    imagePullPolicy string -- Always, Never or IfNotPresent.
    lifecycle Lifecycle -- Not allowed.
    livenessProbe Probe -- Not allowed.
    name! string -- Name.
    ports []ContainerPort map(containerPort,protocol) merge(containerPort) -- Not allowed.
    readinessProbe Probe -- Not allowed.
    resizePolicy []ContainerResizePolicy -- Not allowed.
    resources ResourceRequirements always -- Not allowed.
    restartPolicy *string -- Not allowed.
    securityContext SecurityContext -- Security settings.
    startupProbe Probe -- Not allowed.
    stdin bool -- Keep the standard input open.
    stdinOnce bool -- Close it after the first attach.
    targetContainerName string -- Container whose processes it sees.
    terminationMessagePath string -- File of the termination message.
    terminationMessagePolicy string -- File or FallbackToLogsOnError.
    tty bool -- Give it a terminal.
    volumeDevices []VolumeDevice map(devicePath) merge(devicePath) -- Block devices.
    volumeMounts []VolumeMount map(mountPath) merge(mountPath) -- Where volumes are mounted.
    workingDir string -- Working directory.`,
  ContainerPort: `A port that a container listens on.
    containerPort! int32 -- The port, 1 to 65535.
    hostIP string -- Address of the node to bind.
    hostPort int32 -- Port of the node.
    name string -- Name, for services.
    protocol string -- TCP, UDP or SCTP.`,
  ContainerResizePolicy: `What happens when a resource changes.
    resourceName! string -- The resource.
    restartPolicy! string -- NotRequired or RestartContainer.`,
  EnvVar: `A variable of the environment.
    name! string -- Name.
    value string -- Value; $(NAME) is replaced.
    valueFrom EnvVarSource -- Where the value comes from.`,
  EnvVarSource: `Where a value comes from.
    configMapKeyRef ConfigMapKeySelector -- A key of a config map.
    fieldRef ObjectFieldSelector -- A field of the pod.
    resourceFieldRef ResourceFieldSelector -- A resource of the container.
    secretKeyRef SecretKeySelector -- A key of a secret.`,
  'ConfigMapKeySelector atomic': `A key of a config map.
    key! string -- The key.
    name string -- The config map.
    optional *bool -- It may be missing.`,
  'SecretKeySelector atomic': `A key of a secret.
    key! string -- The key.
    name string -- The secret.
    optional *bool -- It may be missing.`,
  'ObjectFieldSelector atomic': `A field of the pod.
    apiVersion string -- Version in which the path is meant.
    fieldPath! string -- The path.`,
  'ResourceFieldSelector atomic': `A resource of a container.
    containerName string -- The container.
    divisor Quantity always -- Unit of the value.
    resource! string -- The resource.`,
  EnvFromSource: `Environment out of a whole object.
    configMapRef ConfigMapEnvSource -- A config map.
    prefix string -- Put before each name.
    secretRef SecretEnvSource -- A secret.`,
  ConfigMapEnvSource: `A config map.
    name string -- Name.
    optional *bool -- It may be missing.`,
  SecretEnvSource: `A secret.
    name string -- Name.
    optional *bool -- It may be missing.`,
  ResourceRequirements: `What is needed and may be used.
    claims []ResourceClaim map(name) -- Devices of the pod's claims.
    limits map:Quantity -- Most that may be used.
    requests map:Quantity -- What is kept free for it.`,
  ResourceClaim: `One of the pod's claims.
    name! string -- Name of the claim in the pod.
    request string -- One request of the claim.`,
  Lifecycle: `What to do after the start and before the end.
    postStart LifecycleHandler -- Right after the start.
    preStop LifecycleHandler -- Before it is ended.
    stopSignal *string -- Signal that ends it.`,
  LifecycleHandler: `An action.
    exec ExecAction -- Run a command.
    httpGet HTTPGetAction -- Ask by HTTP.
    sleep SleepAction -- Wait.
    tcpSocket TCPSocketAction -- Open a connection.`,
  Probe: `A check of a container.
    exec ExecAction -- Run a command.
    failureThreshold int32 -- Failures in a row that count.
    grpc GRPCAction -- Ask by gRPC.
    httpGet HTTPGetAction -- Ask by HTTP.
    initialDelaySeconds int32 -- Seconds before the first check.
    periodSeconds int32 -- Seconds between checks.
    successThreshold int32 -- Successes in a row that count.
    tcpSocket TCPSocketAction -- Open a connection.
    terminationGracePeriodSeconds *int64 -- Seconds to end after a failure.
    timeoutSeconds int32 -- Seconds until a check has failed.`,
  ExecAction: `A command in the container.
    command []string -- The command, without a shell.`,
  HTTPGetAction: `A request by HTTP.
    host string -- Host; the pod's address by default.
    httpHeaders []HTTPHeader -- Headers.
    path string -- Path.
    port! IntOrString -- Port, by number or name.
    scheme string -- HTTP or HTTPS.`,
  HTTPHeader: `A header.
    name! string -- Name.
    value! string -- Value.`,
  TCPSocketAction: `A connection.
    host string -- Host; the pod's address by default.
    port! IntOrString -- Port, by number or name.`,
  GRPCAction: `A health check by gRPC.
    port! int32 -- Port.
    service *string always -- Service to ask for.`,
  SleepAction: `A pause.
    seconds! int64 -- How long.`,
  SecurityContext: `Security settings of a container.
    allowPrivilegeEscalation *bool -- A process may gain privileges.
    appArmorProfile AppArmorProfile -- Profile of AppArmor.
    capabilities Capabilities -- Capabilities to add and drop.
    privileged *bool -- As root on the node.
    procMount *string -- How /proc is mounted.
    readOnlyRootFilesystem *bool -- The root file system is read-only.
    runAsGroup *int64 -- Group id.
    runAsNonRoot *bool -- Refuse to run as root.
    runAsUser *int64 -- User id.
    seLinuxOptions SELinuxOptions -- Labels of SELinux.
    seccompProfile SeccompProfile -- Filter of system calls.
    windowsOptions WindowsSecurityContextOptions -- Settings of Windows.`,
  PodSecurityContext: `Security settings of all containers of a pod.
    appArmorProfile AppArmorProfile -- Profile of AppArmor.
    fsGroup *int64 -- Group of the volumes.
    fsGroupChangePolicy *string -- OnRootMismatch or Always.
    runAsGroup *int64 -- Group id.
    runAsNonRoot *bool -- Refuse to run as root.
    runAsUser *int64 -- User id.
    seLinuxChangePolicy *string -- MountOption or Recursive.
    seLinuxOptions SELinuxOptions -- Labels of SELinux.
    seccompProfile SeccompProfile -- Filter of system calls.
    supplementalGroups []int64 -- Further groups.
    supplementalGroupsPolicy *string -- Merge or Strict.
    sysctls []Sysctl -- Kernel parameters.
    windowsOptions WindowsSecurityContextOptions -- Settings of Windows.`,
  AppArmorProfile: `Profile of AppArmor.
    localhostProfile *string -- Profile of the node.
    type! string -- Localhost, RuntimeDefault or Unconfined.`,
  SeccompProfile: `Filter of system calls.
    localhostProfile *string -- File of the node.
    type! string -- Localhost, RuntimeDefault or Unconfined.`,
  Capabilities: `Capabilities of POSIX.
    add []string -- To add.
    drop []string -- To drop.`,
  SELinuxOptions: `Labels of SELinux.
    level string -- Level.
    role string -- Role.
    type string -- Type.
    user string -- User.`,
  WindowsSecurityContextOptions: `Settings of Windows.
    gmsaCredentialSpec *string -- Credential spec.
    gmsaCredentialSpecName *string -- Name of the credential spec.
    hostProcess *bool -- Run on the host.
    runAsUserName *string -- User.`,
  Sysctl: `A kernel parameter.
    name! string -- Name.
    value! string -- Value.`,
  VolumeMount: `Where a volume is mounted.
    mountPath! string -- Path in the container.
    mountPropagation *string -- None, HostToContainer or Bidirectional.
    name! string -- Name of the volume.
    readOnly bool -- Not writable.
    recursiveReadOnly *string -- Disabled, IfPossible or Enabled.
    subPath string -- Path within the volume.
    subPathExpr string -- The same with variables.`,
  VolumeDevice: `A block device.
    devicePath! string -- Path in the container.
    name! string -- Name of the claim in the pod.`,
  PodStatus: `What a pod is doing.
    conditions []PodCondition map(type) merge(type) -- Aspects of its state.
    containerStatuses []ContainerStatus -- The containers.
    ephemeralContainerStatuses []ContainerStatus -- The ephemeral containers.
    hostIP string -- Address of the node.
    hostIPs []HostIP merge(ip) -- Addresses of the node.
    initContainerStatuses []ContainerStatus -- The init containers.
    message string -- For people.
    nominatedNodeName string -- Node that is being freed for it.
    observedGeneration int64 -- Generation that the status is of.
    phase string -- Pending, Running, Succeeded, Failed or Unknown.
    podIP string -- Its address.
    podIPs []PodIP map(ip) merge(ip) -- Its addresses.
    qosClass string -- Guaranteed, Burstable or BestEffort.
    reason string -- For programs.
    resize string -- State of a change of resources.
    resourceClaimStatuses []PodResourceClaimStatus map(name) merge(name) retain -- Its claims.
    startTime Time -- When the kubelet took it.`,
  PodCondition: `One aspect of a pod's state.
    lastProbeTime Time always -- When it was looked at.
    lastTransitionTime Time always -- When the status changed.
    message string -- For people.
    observedGeneration int64 -- Generation that it was found for.
    reason string -- For programs.
    status! string -- True, False or Unknown.
    type! string -- The aspect.`,
  PodResourceClaimStatus: `A claim made for a pod.
    name! string -- Name in the pod.
    resourceClaimName *string -- The claim.`,
  HostIP: `An address of a node.
    ip! string -- The address.`,
  PodIP: `An address of a pod.
    ip! string -- The address.`,
  ContainerStatus: `What a container is doing.
    allocatedResources map:Quantity -- Resources given to it.
    allocatedResourcesStatus []ResourceStatus map(name) merge(name) -- Health of its devices.
    containerID string -- Id in the runtime.
    image! string -- Image that it runs.
    imageID! string -- Id of the image.
    lastState ContainerState always -- How it ended the last time.
    name! string -- Name.
    ready! bool -- It is ready.
    resources ResourceRequirements -- Resources that are in force.
    restartCount! int32 -- How often it was restarted.
    started *bool -- It has started.
    state ContainerState always -- Its state now.
    stopSignal *string -- Signal that ends it.
    user ContainerUser -- User that it runs as.
    volumeMounts []VolumeMountStatus map(mountPath) merge(mountPath) -- Its mounts.`,
  ResourceStatus: `Health of a resource.
    name! string -- The resource.
    resources []ResourceHealth map(resourceID) -- Its parts.`,
  ResourceHealth: `Health of one device.
    health string -- Healthy, Unhealthy or Unknown.
    resourceID! string -- The device.`,
  ContainerUser: `User of a container.
    linux LinuxContainerUser -- On Linux.`,
  LinuxContainerUser: `User on Linux.
    gid! int64 -- Group.
    supplementalGroups []int64 -- Further groups.
    uid! int64 -- User.`,
  VolumeMountStatus: `A mount that is in force.
    mountPath! string -- Path.
    name! string -- Volume.
    readOnly bool -- Not writable.
    recursiveReadOnly *string -- As it is in force.`,
  ContainerState: `State of a container; one of these.
    running ContainerStateRunning -- It runs.
    terminated ContainerStateTerminated -- It has ended.
    waiting ContainerStateWaiting -- It has not started.`,
  ContainerStateRunning: `A running container.
    startedAt Time always -- Since when.`,
  ContainerStateWaiting: `A waiting container.
    message string -- For people.
    reason string -- For programs.`,
  ContainerStateTerminated: `A container that has ended.
    containerID string -- Id in the runtime.
    exitCode! int32 -- Exit code.
    finishedAt Time always -- When it ended.
    message string -- For people.
    reason string -- For programs.
    signal int32 -- Signal that ended it.
    startedAt Time always -- When it started.`,
}
