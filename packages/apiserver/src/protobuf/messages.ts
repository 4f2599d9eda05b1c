/** Protobuf fields of the kinds that clients send. The notation is explained in fieldtable.ts. */
export const MESSAGES = `
Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
ConfigMap: 1 metadata ObjectMeta, 2 data {s}, 3 binaryData {y}, 4 immutable b?
Secret: 1 metadata ObjectMeta, 2 data {y}, 3 type s, 4 stringData {s}, 5 immutable b?
ServiceAccount: 1 metadata ObjectMeta, 2 secrets ObjectReference[],
  3 imagePullSecrets LocalObjectReference[], 4 automountServiceAccountToken b?
DeleteOptions: 1 gracePeriodSeconds i?, 2 preconditions Preconditions?, 3 orphanDependents b?,
  4 propagationPolicy s?, 5 dryRun s[], 6 ignoreStoreReadErrorWithClusterBreakingPotential b?
Eviction: 1 metadata ObjectMeta, 2 deleteOptions DeleteOptions?
Binding: 1 metadata ObjectMeta, 2 target ObjectReference
SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec SelfSubjectAccessReviewSpec,
  3 status SubjectAccessReviewStatus
SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec SelfSubjectRulesReviewSpec,
  3 status SubjectRulesReviewStatus
SubjectAccessReview: 1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec,
  3 status SubjectAccessReviewStatus
SelfSubjectReview: 1 metadata ObjectMeta, 2 status SelfSubjectReviewStatus
TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus
TokenReview: 1 metadata ObjectMeta, 2 spec TokenReviewSpec, 3 status TokenReviewStatus
Event: 1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason s, 4 message s,
  5 source EventSource, 6 firstTimestamp Time, 7 lastTimestamp Time, 8 count i, 9 type s,
  10 eventTime MicroTime, 11 series EventSeries?, 12 action s, 13 related ObjectReference?,
  14 reportingComponent s, 15 reportingInstance s
eventsEvent: 1 metadata ObjectMeta, 2 eventTime MicroTime, 3 series eventsEventSeries?,
  4 reportingController s, 5 reportingInstance s, 6 action s, 7 reason s,
  8 regarding ObjectReference, 9 related ObjectReference?, 10 note s, 11 type s,
  12 deprecatedSource EventSource, 13 deprecatedFirstTimestamp Time,
  14 deprecatedLastTimestamp Time, 15 deprecatedCount i
Lease: 1 metadata ObjectMeta, 2 spec LeaseSpec
Pod: 1 metadata ObjectMeta, 2 spec PodSpec, 3 status PodStatus
Node: 1 metadata ObjectMeta, 2 spec NodeSpec, 3 status NodeStatus
Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus
Role: 1 metadata ObjectMeta, 2 rules PolicyRule[]
ClusterRole: 1 metadata ObjectMeta, 2 rules PolicyRule[], 3 aggregationRule AggregationRule?
RoleBinding: 1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef
ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef
PodDisruptionBudget: 1 metadata ObjectMeta, 2 spec PodDisruptionBudgetSpec,
  3 status PodDisruptionBudgetStatus
Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus
Job: 1 metadata ObjectMeta, 2 spec JobSpec, 3 status JobStatus
CronJob: 1 metadata ObjectMeta, 2 spec CronJobSpec, 3 status CronJobStatus
PriorityClass: 1 metadata ObjectMeta, 2 value i?, 3 globalDefault b, 4 description s,
  5 preemptionPolicy s?
ResourceQuota: 1 metadata ObjectMeta, 2 spec ResourceQuotaSpec, 3 status ResourceQuotaStatus
Ingress: 1 metadata ObjectMeta, 2 spec IngressSpec, 3 status IngressStatus
ObjectMeta: 1 name s, 2 generateName s, 3 namespace s, 4 selfLink s, 5 uid s, 6 resourceVersion s,
  7 generation i, 8 creationTimestamp Time, 9 deletionTimestamp Time?,
  10 deletionGracePeriodSeconds i?, 11 labels {s}, 12 annotations {s},
  13 ownerReferences OwnerReference[], 14 finalizers s[], 17 managedFields ManagedFieldsEntry[]
NamespaceSpec: 1 finalizers s[]
NamespaceStatus: 1 phase s, 2 conditions NamespaceCondition[]
ObjectReference: 1 kind s, 2 namespace s, 3 name s, 4 uid s, 5 apiVersion s, 6 resourceVersion s,
  7 fieldPath s
LocalObjectReference: 1 name s
Preconditions: 1 uid s?, 2 resourceVersion s?
SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes?,
  2 nonResourceAttributes NonResourceAttributes?
SubjectAccessReviewStatus: 1 allowed b, 2 reason s, 3 evaluationError s, 4 denied b
SelfSubjectRulesReviewSpec: 1 namespace s
SubjectRulesReviewStatus: 1 resourceRules ResourceRule[], 2 nonResourceRules NonResourceRule[],
  3 incomplete b, 4 evaluationError s
SubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes?,
  2 nonResourceAttributes NonResourceAttributes?, 3 user s, 4 groups s[], 5 extra {ExtraValue}, 6 uid s
SelfSubjectReviewStatus: 1 userInfo UserInfo
TokenRequestSpec: 1 audiences s[], 3 boundObjectRef BoundObjectReference?, 4 expirationSeconds i?
TokenRequestStatus: 1 token s, 2 expirationTimestamp Time
TokenReviewSpec: 1 token s, 2 audiences s[]
TokenReviewStatus: 1 authenticated b, 2 user UserInfo, 3 error s, 4 audiences s[]
EventSource: 1 component s, 2 host s
EventSeries: 1 count i, 2 lastObservedTime MicroTime
eventsEventSeries: 1 count i, 2 lastObservedTime MicroTime
LeaseSpec: 1 holderIdentity s?, 2 leaseDurationSeconds i?, 3 acquireTime MicroTime?,
  4 renewTime MicroTime?, 5 leaseTransitions i?, 6 strategy s?, 7 preferredHolder s?
NodeSpec: 1 podCIDR s, 2 externalID s, 3 providerID s, 4 unschedulable b, 5 taints Taint[],
  6 configSource NodeConfigSource?, 7 podCIDRs s[]
NodeStatus: 1 capacity {Quantity}, 2 allocatable {Quantity}, 3 phase s,
  4 conditions NodeCondition[], 5 addresses NodeAddress[], 6 daemonEndpoints NodeDaemonEndpoints,
  7 nodeInfo NodeSystemInfo, 8 images ContainerImage[], 9 volumesInUse s[],
  10 volumesAttached AttachedVolume[], 11 config NodeConfigStatus?,
  12 runtimeHandlers NodeRuntimeHandler[], 13 features NodeFeatures?
ServiceSpec: 1 ports ServicePort[], 2 selector {s}, 3 clusterIP s, 4 type s, 5 externalIPs s[],
  7 sessionAffinity s, 8 loadBalancerIP s, 9 loadBalancerSourceRanges s[], 10 externalName s,
  11 externalTrafficPolicy s, 12 healthCheckNodePort i, 13 publishNotReadyAddresses b,
  14 sessionAffinityConfig SessionAffinityConfig?, 17 ipFamilyPolicy s?, 18 clusterIPs s[],
  19 ipFamilies s[], 20 allocateLoadBalancerNodePorts b?, 21 loadBalancerClass s?,
  22 internalTrafficPolicy s?, 23 trafficDistribution s?
ServiceStatus: 1 loadBalancer LoadBalancerStatus, 2 conditions Condition[]
PolicyRule: 1 verbs s[], 2 apiGroups s[], 3 resources s[], 4 resourceNames s[],
  5 nonResourceURLs s[]
AggregationRule: 1 clusterRoleSelectors LabelSelector[]
Subject: 1 kind s, 2 apiGroup s, 3 name s, 4 namespace s
RoleRef: 1 apiGroup s, 2 kind s, 3 name s
PodDisruptionBudgetSpec: 1 minAvailable IntOrString?, 2 selector LabelSelector?,
  3 maxUnavailable IntOrString?, 4 unhealthyPodEvictionPolicy s?
PodDisruptionBudgetStatus: 1 observedGeneration i, 2 disruptedPods {Time}, 3 disruptionsAllowed i,
  4 currentHealthy i, 5 desiredHealthy i, 6 expectedPods i, 7 conditions Condition[]
DeploymentSpec: 1 replicas i?, 2 selector LabelSelector?, 3 template PodTemplateSpec,
  4 strategy DeploymentStrategy, 5 minReadySeconds i, 6 revisionHistoryLimit i?, 7 paused b,
  9 progressDeadlineSeconds i?
DeploymentStatus: 1 observedGeneration i, 2 replicas i, 3 updatedReplicas i,
  4 availableReplicas i, 5 unavailableReplicas i, 6 conditions DeploymentCondition[],
  7 readyReplicas i, 8 collisionCount i?
JobSpec: 1 parallelism i?, 2 completions i?, 3 activeDeadlineSeconds i?,
  4 selector LabelSelector?, 5 manualSelector b?, 6 template PodTemplateSpec, 7 backoffLimit i?,
  8 ttlSecondsAfterFinished i?, 9 completionMode s?, 10 suspend b?,
  11 podFailurePolicy PodFailurePolicy?, 12 backoffLimitPerIndex i?, 13 maxFailedIndexes i?,
  14 podReplacementPolicy s?, 15 managedBy s?, 16 successPolicy SuccessPolicy?
JobStatus: 1 conditions JobCondition[], 2 startTime Time?, 3 completionTime Time?, 4 active i,
  5 succeeded i, 6 failed i, 7 completedIndexes s,
  8 uncountedTerminatedPods UncountedTerminatedPods?, 9 ready i?, 10 failedIndexes s?,
  11 terminating i?
CronJobSpec: 1 schedule s, 2 startingDeadlineSeconds i?, 3 concurrencyPolicy s, 4 suspend b?,
  5 jobTemplate JobTemplateSpec, 6 successfulJobsHistoryLimit i?, 7 failedJobsHistoryLimit i?,
  8 timeZone s?
CronJobStatus: 1 active ObjectReference[], 4 lastScheduleTime Time?, 5 lastSuccessfulTime Time?
ResourceQuotaSpec: 1 hard {Quantity}, 2 scopes s[], 3 scopeSelector ScopeSelector?
ResourceQuotaStatus: 1 hard {Quantity}, 2 used {Quantity}
ScopeSelector: 1 matchExpressions ScopedResourceSelectorRequirement[]
ScopedResourceSelectorRequirement: 1 scopeName s, 2 operator s, 3 values s[]
IngressSpec: 1 defaultBackend IngressBackend?, 2 tls IngressTLS[], 3 rules IngressRule[],
  4 ingressClassName s?
IngressStatus: 1 loadBalancer LoadBalancerStatus
IngressBackend: 3 resource TypedLocalObjectReference?, 4 service IngressServiceBackend?
IngressServiceBackend: 1 name s, 2 port ServiceBackendPort
ServiceBackendPort: 1 name s, 2 number i
IngressTLS: 1 hosts s[], 2 secretName s
IngressRule: 1 host s, 2 ... IngressRuleValue
IngressRuleValue: 1 http HTTPIngressRuleValue?
HTTPIngressRuleValue: 1 paths HTTPIngressPath[]
HTTPIngressPath: 1 path s, 2 backend IngressBackend, 3 pathType s?
OwnerReference: 1 kind s, 3 name s, 4 uid s, 5 apiVersion s, 6 controller b?,
  7 blockOwnerDeletion b?
ManagedFieldsEntry: 1 manager s, 2 operation s, 3 apiVersion s, 4 time Time?, 6 fieldsType s,
  7 fieldsV1 FieldsV1?, 8 subresource s
NamespaceCondition: 1 type s, 2 status s, 4 lastTransitionTime Time, 5 reason s, 6 message s
ResourceAttributes: 1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s,
  6 subresource s, 7 name s, 8 fieldSelector FieldSelectorAttributes?,
  9 labelSelector LabelSelectorAttributes?
NonResourceAttributes: 1 path s, 2 verb s
ResourceRule: 1 verbs s[], 2 apiGroups s[], 3 resources s[], 4 resourceNames s[]
NonResourceRule: 1 verbs s[], 2 nonResourceURLs s[]
UserInfo: 1 username s, 2 uid s, 3 groups s[], 4 extra {ExtraValue}
BoundObjectReference: 1 kind s, 2 apiVersion s, 3 name s, 4 uid s
Taint: 1 key s, 2 value s, 3 effect s, 4 timeAdded Time?
NodeConfigSource: 2 configMap ConfigMapNodeConfigSource?
NodeCondition: 1 type s, 2 status s, 3 lastHeartbeatTime Time, 4 lastTransitionTime Time,
  5 reason s, 6 message s
NodeAddress: 1 type s, 2 address s
NodeDaemonEndpoints: 1 kubeletEndpoint DaemonEndpoint
NodeSystemInfo: 1 machineID s, 2 systemUUID s, 3 bootID s, 4 kernelVersion s, 5 osImage s,
  6 containerRuntimeVersion s, 7 kubeletVersion s, 8 kubeProxyVersion s, 9 operatingSystem s,
  10 architecture s
ContainerImage: 1 names s[], 2 sizeBytes i
AttachedVolume: 1 name s, 2 devicePath s
NodeConfigStatus: 1 assigned NodeConfigSource?, 2 active NodeConfigSource?,
  3 lastKnownGood NodeConfigSource?, 4 error s
NodeRuntimeHandler: 1 name s, 2 features NodeRuntimeHandlerFeatures?
NodeFeatures: 1 supplementalGroupsPolicy b?
ServicePort: 1 name s, 2 protocol s, 3 port i, 4 targetPort IntOrString, 5 nodePort i,
  6 appProtocol s?
SessionAffinityConfig: 1 clientIP ClientIPConfig?
LoadBalancerStatus: 1 ingress LoadBalancerIngress[]
Condition: 1 type s, 2 status s, 3 observedGeneration i, 4 lastTransitionTime Time, 5 reason s,
  6 message s
LabelSelector: 1 matchLabels {s}, 2 matchExpressions LabelSelectorRequirement[]
DeploymentStrategy: 1 type s, 2 rollingUpdate RollingUpdateDeployment?
DeploymentCondition: 1 type s, 2 status s, 4 reason s, 5 message s, 6 lastUpdateTime Time,
  7 lastTransitionTime Time
PodFailurePolicy: 1 rules PodFailurePolicyRule[]
SuccessPolicy: 1 rules SuccessPolicyRule[]
JobCondition: 1 type s, 2 status s, 3 lastProbeTime Time, 4 lastTransitionTime Time, 5 reason s,
  6 message s
UncountedTerminatedPods: 1 succeeded s[], 2 failed s[]
JobTemplateSpec: 1 metadata ObjectMeta, 2 spec JobSpec
FieldSelectorAttributes: 1 rawSelector s, 2 requirements FieldSelectorRequirement[]
LabelSelectorAttributes: 1 rawSelector s, 2 requirements LabelSelectorRequirement[]
ConfigMapNodeConfigSource: 1 namespace s, 2 name s, 3 uid s, 4 resourceVersion s,
  5 kubeletConfigKey s
DaemonEndpoint: 1 Port i
NodeRuntimeHandlerFeatures: 1 recursiveReadOnlyMounts b?, 2 userNamespaces b?
ClientIPConfig: 1 timeoutSeconds i?
LoadBalancerIngress: 1 ip s, 2 hostname s, 3 ipMode s?, 4 ports PortStatus[]
LabelSelectorRequirement: 1 key s, 2 operator s, 3 values s[]
RollingUpdateDeployment: 1 maxUnavailable IntOrString?, 2 maxSurge IntOrString?
PodFailurePolicyRule: 1 action s, 2 onExitCodes PodFailurePolicyOnExitCodesRequirement?,
  3 onPodConditions PodFailurePolicyOnPodConditionsPattern[]
SuccessPolicyRule: 1 succeededIndexes s?, 2 succeededCount i?
FieldSelectorRequirement: 1 key s, 2 operator s, 3 values s[]
NodeSelector: 1 nodeSelectorTerms NodeSelectorTerm[]
PortStatus: 1 port i, 2 protocol s, 3 error s?
PodFailurePolicyOnExitCodesRequirement: 1 containerName s?, 2 operator s, 3 values i[]
PodFailurePolicyOnPodConditionsPattern: 1 type s, 2 status s
NodeSelectorTerm: 1 matchExpressions NodeSelectorRequirement[],
  2 matchFields NodeSelectorRequirement[]
NodeSelectorRequirement: 1 key s, 2 operator s, 3 values s[]
TypedLocalObjectReference: 1 apiGroup s?, 2 kind s, 3 name s
`
