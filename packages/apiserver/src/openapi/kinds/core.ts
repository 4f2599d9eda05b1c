/** core/v1 but for pods. */
import type { PackageTable } from '../model.ts'
import { POD_TYPES } from './pod.ts'
import { VOLUME_TYPES } from './volumes.ts'

const CLUSTER_TYPES: Readonly<Record<string, string>> = {
  'Namespace kind list': `A scope for names.
    spec NamespaceSpec always -- What is wanted.
    status NamespaceStatus always -- What is. Read-only.`,
  NamespaceSpec: `What is wanted of a namespace.
    finalizers []string -- Who must agree before it is removed.`,
  NamespaceStatus: `State of a namespace.
    conditions []NamespaceCondition map(type) merge(type) -- Aspects of its state.
    phase string -- Active or Terminating.`,
  NamespaceCondition: `One aspect of a namespace's state.
    lastTransitionTime Time always -- When the status changed.
    message string -- For people.
    reason string -- For programs.
    status! string -- True, False or Unknown.
    type! string -- The aspect.`,
  'Node kind list': `A machine that runs pods; here, an aircraft.
    spec NodeSpec always -- What is wanted.
    status NodeStatus always -- What is. Read-only.`,
  NodeSpec: `What is wanted of a node.
    configSource NodeConfigSource -- No longer used.
    externalID string -- No longer used.
    podCIDR string -- Addresses of its pods.
    podCIDRs []string set merge -- Addresses of its pods.
    providerID string -- Id at the provider.
    taints []Taint -- What keeps pods away.
    unschedulable bool -- No new pods.`,
  'NodeConfigSource open': 'No longer used.',
  Taint: `Keeps away pods that do not tolerate it.
    effect! string -- NoSchedule, PreferNoSchedule or NoExecute.
    key! string -- Key.
    timeAdded Time -- When it was added.
    value string -- Value.`,
  NodeStatus: `State of a node.
    addresses []NodeAddress map(type) merge(type) -- Its addresses.
    allocatable map:Quantity -- Resources that pods may have.
    capacity map:Quantity -- Resources that it has.
    conditions []NodeCondition map(type) merge(type) -- Aspects of its state.
    config NodeConfigStatus -- No longer used.
    daemonEndpoints NodeDaemonEndpoints always -- Ports of its daemons.
    features NodeFeatures -- What its runtime can do.
    images []ContainerImage -- Images that it holds.
    nodeInfo NodeSystemInfo always -- What it is.
    phase string -- No longer used.
    runtimeHandlers []NodeRuntimeHandler -- Its runtimes.
    volumesAttached []AttachedVolume -- Volumes attached to it.
    volumesInUse []string -- Volumes in use.`,
  'NodeConfigStatus open': 'No longer used.',
  NodeAddress: `An address of a node.
    address! string -- The address.
    type! string -- Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.`,
  NodeCondition: `One aspect of a node's state.
    lastHeartbeatTime Time always -- When it was reported.
    lastTransitionTime Time always -- When the status changed.
    message string -- For people.
    reason string -- For programs.
    status! string -- True, False or Unknown.
    type! string -- The aspect.`,
  NodeDaemonEndpoints: `Ports of a node's daemons.
    kubeletEndpoint DaemonEndpoint always -- Of the kubelet.`,
  DaemonEndpoint: `A port.
    Port! int32 -- The port.`,
  NodeFeatures: `What a node's runtime can do.
    supplementalGroupsPolicy *bool -- Policies of groups.`,
  NodeRuntimeHandler: `A runtime of a node.
    features NodeRuntimeHandlerFeatures -- What it can do.
    name string always -- Name.`,
  NodeRuntimeHandlerFeatures: `What a runtime can do.
    recursiveReadOnlyMounts *bool -- Mounts that are read-only all the way down.
    userNamespaces *bool -- User namespaces.`,
  ContainerImage: `An image on a node.
    names []string always -- Its names.
    sizeBytes int64 -- Its size.`,
  NodeSystemInfo: `What a node is.
    architecture! string -- Architecture.
    bootID! string -- Id of this boot.
    containerRuntimeVersion! string -- Version of the runtime.
    kernelVersion! string -- Version of the kernel.
    kubeProxyVersion! string -- Version of kube-proxy.
    kubeletVersion! string -- Version of the kubelet.
    machineID! string -- Id of the machine.
    operatingSystem! string -- Operating system.
    osImage! string -- Its image.
    swap NodeSwapStatus -- Swap space.
    systemUUID! string -- Id of the system.`,
  NodeSwapStatus: `Swap space of a node.
    capacity *int64 -- Bytes.`,
  AttachedVolume: `A volume attached to a node.
    devicePath! string -- Path of the device.
    name! string -- The volume.`,
  'Event kind list': `Something that happened, for people to read.
    action string -- What was done.
    count int32 -- How often.
    eventTime MicroTime always -- When it was first seen.
    firstTimestamp Time always -- When it was first seen.
    involvedObject! ObjectReference -- The object that it is about.
    lastTimestamp Time always -- When it was last seen.
    message string -- For people.
    reason string -- For programs.
    related ObjectReference -- Another object.
    reportingComponent string always -- Who reports it.
    reportingInstance string always -- Which one of them.
    series EventSeries -- Repetitions.
    source EventSource always -- Who reports it.
    type string -- Normal or Warning.`,
  EventSeries: `Repetitions of an event.
    count int32 -- How many.
    lastObservedTime MicroTime always -- The last one.`,
  EventSource: `Who reports an event.
    component string -- The component.
    host string -- The node.`,
  'ObjectReference atomic': `Names an object.
    apiVersion string -- API version.
    fieldPath string -- A part of the object.
    kind string -- Kind.
    name string -- Name.
    namespace string -- Namespace.
    resourceVersion string -- A version of it.
    uid string -- UID.`,
  'LocalObjectReference atomic': `Names an object in the namespace.
    name string -- Name.`,
  'Binding kind': `Puts a pod on a node.
    target! ObjectReference -- The node.`,
  'ConfigMap kind list': `Configuration as keys and values.
    binaryData map:byte -- Values that are no text.
    data map:string -- Values.
    immutable *bool -- It can no longer be changed.`,
  'Secret kind list': `Keys and values that are kept secret.
    data map:byte -- Values in base64.
    immutable *bool -- It can no longer be changed.
    stringData map:string -- Values as text; write-only.
    type string -- What it is for.`,
  'ServiceAccount kind list': `Who a program is to the API server.
    automountServiceAccountToken *bool -- Whether pods get a token.
    imagePullSecrets []LocalObjectReference -- Secrets for pulling images.
    secrets []ObjectReference map(name) merge(name) -- Secrets that it may use.`,
  'Service kind list': `A name and address for a set of pods.
    spec ServiceSpec always -- What is wanted.
    status ServiceStatus always -- What is. Read-only.`,
  ServiceSpec: `What is wanted of a service.
    allocateLoadBalancerNodePorts *bool -- Take ports of nodes for a load balancer.
    clusterIP string -- Its address.
    clusterIPs []string -- Its addresses.
    externalIPs []string -- Addresses from outside.
    externalName string -- Name that it stands for.
    externalTrafficPolicy string -- Cluster or Local.
    healthCheckNodePort int32 -- Port of the health check.
    internalTrafficPolicy *string -- Cluster or Local.
    ipFamilies []string -- IPv4, IPv6.
    ipFamilyPolicy *string -- SingleStack, PreferDualStack or RequireDualStack.
    loadBalancerClass *string -- Class of the load balancer.
    loadBalancerIP string -- Address of the load balancer.
    loadBalancerSourceRanges []string -- Who may reach it.
    ports []ServicePort map(port,protocol) merge(port) -- Its ports.
    publishNotReadyAddresses bool -- Count pods that are not ready.
    selector map:string atomic -- Labels of its pods.
    sessionAffinity string -- ClientIP or None.
    sessionAffinityConfig SessionAffinityConfig -- Settings of the affinity.
    trafficDistribution *string -- Which pods are preferred.
    type string -- ClusterIP, NodePort, LoadBalancer or ExternalName.`,
  ServicePort: `A port of a service.
    appProtocol *string -- Protocol of the application.
    name string -- Name.
    nodePort int32 -- Port of the nodes.
    port! int32 -- Port.
    protocol string -- TCP, UDP or SCTP.
    targetPort IntOrString always -- Port of the pods.`,
  SessionAffinityConfig: `Settings of session affinity.
    clientIP ClientIPConfig -- By address.`,
  ClientIPConfig: `Affinity by address.
    timeoutSeconds *int32 -- How long it holds.`,
  ServiceStatus: `State of a service.
    conditions []Condition map(type) merge(type) -- Aspects of its state.
    loadBalancer LoadBalancerStatus always -- The load balancer.`,
  LoadBalancerStatus: `State of a load balancer.
    ingress []LoadBalancerIngress -- Where it is reached.`,
  LoadBalancerIngress: `Where a load balancer is reached.
    hostname string -- Name.
    ip string -- Address.
    ipMode *string -- VIP or Proxy.
    ports []PortStatus -- Ports.`,
  PortStatus: `State of a port.
    error *string -- What is wrong.
    port! int32 -- The port.
    protocol! string -- The protocol.`,
}

export const CORE: PackageTable = {
  prefix: 'io.k8s.api.core.v1',
  group: '',
  version: 'v1',
  types: { ...CLUSTER_TYPES, ...POD_TYPES, ...VOLUME_TYPES },
}
