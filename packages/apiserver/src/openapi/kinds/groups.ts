/** Built-in groups beside core: events, leases, access, policy, batch, metrics. */
import type { PackageTable } from '../model.ts'

export const EVENTS: PackageTable = {
  prefix: 'io.k8s.api.events.v1',
  group: 'events.k8s.io',
  version: 'v1',
  types: {
    'events.Event kind list': `Something that happened, for people to read.
      action string -- What was done.
      deprecatedCount int32 -- How often, in the older form.
      deprecatedFirstTimestamp Time always -- When it was first seen, in the older form.
      deprecatedLastTimestamp Time always -- When it was last seen, in the older form.
      deprecatedSource EventSource always -- Who reports it, in the older form.
      eventTime! MicroTime -- When it was first seen.
      note string -- For people.
      reason string -- For programs.
      regarding ObjectReference always -- The object that it is about.
      related ObjectReference -- Another object.
      reportingController string -- Who reports it.
      reportingInstance string -- Which one of them.
      series events.EventSeries -- Repetitions.
      type string -- Normal or Warning.`,
    'events.EventSeries': `Repetitions of an event.
      count! int32 -- How many.
      lastObservedTime! MicroTime -- The last one.`,
  },
}

export const COORDINATION: PackageTable = {
  prefix: 'io.k8s.api.coordination.v1',
  group: 'coordination.k8s.io',
  version: 'v1',
  types: {
    'Lease kind list': `Says who holds something, and until when.
      spec LeaseSpec always -- The lease.`,
    LeaseSpec: `A lease.
      acquireTime MicroTime -- When it was taken.
      holderIdentity *string -- Who holds it.
      leaseDurationSeconds *int32 -- How long it holds after a renewal.
      leaseTransitions *int32 -- How often it changed hands.
      preferredHolder *string -- Who should have it.
      renewTime MicroTime -- When it was renewed.
      strategy *string -- How the holder is chosen.`,
  },
}

export const RBAC: PackageTable = {
  prefix: 'io.k8s.api.rbac.v1',
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  types: {
    'Role kind list': `What may be done in a namespace.
      rules []PolicyRule always -- The rules.`,
    'ClusterRole kind list': `What may be done in the cluster.
      aggregationRule AggregationRule -- Roles that this one is made of.
      rules []PolicyRule always -- The rules.`,
    AggregationRule: `Roles that a role is made of.
      clusterRoleSelectors []LabelSelector -- By their labels.`,
    PolicyRule: `What may be done.
      apiGroups []string -- Groups.
      nonResourceURLs []string -- Paths that are no resources.
      resourceNames []string -- Names; all where empty.
      resources []string -- Resources, and subresources after a slash.
      verbs! []string -- Verbs.`,
    'RoleBinding kind list': `Gives a role in a namespace.
      roleRef! RoleRef -- The role.
      subjects []Subject -- Who gets it.`,
    'ClusterRoleBinding kind list': `Gives a role in the cluster.
      roleRef! RoleRef -- The role.
      subjects []Subject -- Who gets it.`,
    'RoleRef atomic': `Names a role.
      apiGroup! string -- Group.
      kind! string -- Role or ClusterRole.
      name! string -- Name.`,
    'Subject atomic': `Who gets a role.
      apiGroup string -- Group.
      kind! string -- User, Group or ServiceAccount.
      name! string -- Name.
      namespace string -- Namespace of a service account.`,
  },
}

export const AUTHORIZATION: PackageTable = {
  prefix: 'io.k8s.api.authorization.v1',
  group: 'authorization.k8s.io',
  version: 'v1',
  types: {
    'SelfSubjectAccessReview kind': `Asks whether one may do something.
      spec! SelfSubjectAccessReviewSpec -- The question.
      status SubjectAccessReviewStatus always -- The answer.`,
    SelfSubjectAccessReviewSpec: `What is asked.
      nonResourceAttributes NonResourceAttributes -- A path.
      resourceAttributes ResourceAttributes -- A resource.`,
    'SubjectAccessReview kind': `Asks whether someone may do something.
      spec! SubjectAccessReviewSpec -- The question.
      status SubjectAccessReviewStatus always -- The answer.`,
    SubjectAccessReviewSpec: `What is asked, and of whom.
      extra map:[]string -- More about the user.
      groups []string -- Groups of the user.
      nonResourceAttributes NonResourceAttributes -- A path.
      resourceAttributes ResourceAttributes -- A resource.
      uid string -- UID of the user.
      user string -- The user.`,
    ResourceAttributes: `A resource and what to do with it.
      fieldSelector any -- Limits by fields.
      group string -- Group.
      labelSelector any -- Limits by labels.
      name string -- Name.
      namespace string -- Namespace.
      resource string -- Resource.
      subresource string -- Subresource.
      verb string -- Verb.
      version string -- Version.`,
    NonResourceAttributes: `A path and what to do with it.
      path string -- Path.
      verb string -- Verb.`,
    SubjectAccessReviewStatus: `The answer.
      allowed! bool -- It may be done.
      denied bool -- It may not, whatever others say.
      evaluationError string -- What went wrong.
      reason string -- Why.`,
    'SelfSubjectRulesReview kind': `Asks what one may do in a namespace.
      spec! SelfSubjectRulesReviewSpec -- The question.
      status SubjectRulesReviewStatus always -- The answer.`,
    SelfSubjectRulesReviewSpec: `What is asked.
      namespace string -- The namespace.`,
    SubjectRulesReviewStatus: `What may be done.
      evaluationError string -- What went wrong.
      incomplete! bool -- There may be more.
      nonResourceRules! []NonResourceRule -- Paths.
      resourceRules! []ResourceRule -- Resources.`,
    ResourceRule: `A rule on resources.
      apiGroups []string -- Groups.
      resourceNames []string -- Names.
      resources []string -- Resources.
      verbs! []string -- Verbs.`,
    NonResourceRule: `A rule on paths.
      nonResourceURLs []string -- Paths.
      verbs! []string -- Verbs.`,
  },
}

export const POLICY: PackageTable = {
  prefix: 'io.k8s.api.policy.v1',
  group: 'policy',
  version: 'v1',
  types: {
    'Eviction kind': `Ends a pod where its budget allows it.
      deleteOptions DeleteOptions -- How.`,
  },
}

export const AUTOSCALING: PackageTable = {
  prefix: 'io.k8s.api.autoscaling.v1',
  group: 'autoscaling',
  version: 'v1',
  types: {
    'Scale kind': `How many of something there are to be.
      spec ScaleSpec always -- What is wanted.
      status ScaleStatus always -- What is.`,
    ScaleSpec: `What is wanted.
      replicas int32 -- How many.`,
    ScaleStatus: `What is.
      replicas! int32 -- How many.
      selector string -- Labels of the pods.`,
  },
}

export const METRICS: PackageTable = {
  prefix: 'io.k8s.metrics.pkg.apis.metrics.v1beta1',
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  types: {
    'NodeMetrics kind list': `What a node uses.
      timestamp! Time -- When it was measured.
      usage! map:Quantity -- Usage.
      window! string -- Over which time.`,
    'PodMetrics kind list': `What a pod uses.
      containers! []ContainerMetrics -- By container.
      timestamp! Time -- When it was measured.
      window! string -- Over which time.`,
    ContainerMetrics: `What a container uses.
      name! string -- The container.
      usage! map:Quantity -- Usage.`,
  },
}

export const BATCH: PackageTable = {
  prefix: 'io.k8s.api.batch.v1',
  group: 'batch',
  version: 'v1',
  types: {
    'Job kind list': `Pods that run to their end.
      spec JobSpec always -- What is wanted.
      status JobStatus always -- What is. Read-only.`,
    JobSpec: `What is wanted of a job.
      activeDeadlineSeconds *int64 -- Seconds that it may run.
      backoffLimit *int32 -- Retries before it fails.
      backoffLimitPerIndex *int32 -- Retries of each index.
      completionMode *string -- NonIndexed or Indexed.
      completions *int32 -- Pods that must succeed.
      managedBy *string -- Controller of the job.
      manualSelector *bool -- The selector is given.
      maxFailedIndexes *int32 -- Indexes that may fail.
      parallelism *int32 -- Pods at a time.
      podFailurePolicy any -- What failures mean.
      podReplacementPolicy *string -- When pods are replaced.
      selector LabelSelector -- Its pods.
      successPolicy any -- When it has succeeded.
      suspend *bool -- No pods for now.
      template! PodTemplateSpec -- What its pods are like.
      ttlSecondsAfterFinished *int32 -- Seconds until it is removed after its end.`,
    JobStatus: `State of a job.
      active int32 -- Pods that run.
      completedIndexes string -- Indexes that succeeded.
      completionTime Time -- When it ended.
      conditions []JobCondition merge(type) -- Aspects of its state.
      failed int32 -- Pods that failed.
      failedIndexes *string -- Indexes that failed.
      ready *int32 -- Pods that are ready.
      startTime Time -- When it started.
      succeeded int32 -- Pods that succeeded.
      terminating *int32 -- Pods that are ending.
      uncountedTerminatedPods any -- Pods not counted yet.`,
    JobCondition: `One aspect of a job's state.
      lastProbeTime Time always -- When it was looked at.
      lastTransitionTime Time always -- When the status changed.
      message string -- For people.
      reason string -- For programs.
      status! string -- True, False or Unknown.
      type! string -- The aspect.`,
  },
}
