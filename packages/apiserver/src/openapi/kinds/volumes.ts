/** core/v1: volumes and placement of pods. */

export const VOLUME_TYPES: Readonly<Record<string, string>> = {
  Volume: `A volume of a pod; one source.
    awsElasticBlockStore AWSElasticBlockStoreVolumeSource -- Deprecated.
    azureDisk AzureDiskVolumeSource -- Deprecated.
    azureFile AzureFileVolumeSource -- Deprecated.
    cephfs CephFSVolumeSource -- Deprecated.
    cinder CinderVolumeSource -- Deprecated.
    configMap ConfigMapVolumeSource -- A config map as files.
    csi CSIVolumeSource -- A driver's ephemeral volume.
    downwardAPI DownwardAPIVolumeSource -- Fields of the pod as files.
    emptyDir EmptyDirVolumeSource -- A directory that lives as long as the pod.
    ephemeral EphemeralVolumeSource -- A claim that lives as long as the pod.
    fc FCVolumeSource -- Fibre Channel.
    flexVolume FlexVolumeSource -- Deprecated.
    flocker FlockerVolumeSource -- Deprecated.
    gcePersistentDisk GCEPersistentDiskVolumeSource -- Deprecated.
    gitRepo GitRepoVolumeSource -- Deprecated.
    glusterfs GlusterfsVolumeSource -- Deprecated.
    hostPath HostPathVolumeSource -- A path of the node.
    image ImageVolumeSource -- An image as files.
    iscsi ISCSIVolumeSource -- ISCSI.
    name! string -- Name, a DNS label.
    nfs NFSVolumeSource -- A share of NFS.
    persistentVolumeClaim PersistentVolumeClaimVolumeSource -- A claim.
    photonPersistentDisk PhotonPersistentDiskVolumeSource -- Deprecated.
    portworxVolume PortworxVolumeSource -- Deprecated.
    projected ProjectedVolumeSource -- Several sources in one.
    quobyte QuobyteVolumeSource -- Deprecated.
    rbd RBDVolumeSource -- Deprecated.
    scaleIO ScaleIOVolumeSource -- Deprecated.
    secret SecretVolumeSource -- A secret as files.
    storageos StorageOSVolumeSource -- Deprecated.
    vsphereVolume VsphereVirtualDiskVolumeSource -- Deprecated.`,
  'AWSElasticBlockStoreVolumeSource open': 'A disk of AWS.',
  'AzureDiskVolumeSource open': 'A disk of Azure.',
  'AzureFileVolumeSource open': 'A share of Azure.',
  'CephFSVolumeSource open': 'A file system of Ceph.',
  'CinderVolumeSource open': 'A volume of Cinder.',
  'FCVolumeSource open': 'A volume by Fibre Channel.',
  'FlexVolumeSource open': 'A volume by an executable driver.',
  'FlockerVolumeSource open': 'A volume of Flocker.',
  'GCEPersistentDiskVolumeSource open': 'A disk of Google.',
  'GitRepoVolumeSource open': 'A clone of a repository.',
  'GlusterfsVolumeSource open': 'A volume of Gluster.',
  'ISCSIVolumeSource open': 'A volume by ISCSI.',
  'PhotonPersistentDiskVolumeSource open': 'A disk of Photon.',
  'PortworxVolumeSource open': 'A volume of Portworx.',
  'QuobyteVolumeSource open': 'A volume of Quobyte.',
  'RBDVolumeSource open': 'A block device of Ceph.',
  'ScaleIOVolumeSource open': 'A volume of ScaleIO.',
  'StorageOSVolumeSource open': 'A volume of StorageOS.',
  'VsphereVirtualDiskVolumeSource open': 'A disk of vSphere.',
  KeyToPath: `A key as a file.
    key! string -- The key.
    mode *int32 -- Permissions.
    path! string -- Path of the file.`,
  ConfigMapVolumeSource: `A config map as files.
    defaultMode *int32 -- Permissions.
    items []KeyToPath -- Which keys, and where.
    name string -- The config map.
    optional *bool -- It may be missing.`,
  SecretVolumeSource: `A secret as files.
    defaultMode *int32 -- Permissions.
    items []KeyToPath -- Which keys, and where.
    optional *bool -- It may be missing.
    secretName string -- The secret.`,
  CSIVolumeSource: `An ephemeral volume of a driver.
    driver! string -- The driver.
    fsType *string -- File system.
    nodePublishSecretRef LocalObjectReference -- Secret for the driver.
    readOnly *bool -- Not writable.
    volumeAttributes map:string -- Properties for the driver.`,
  DownwardAPIVolumeSource: `Fields of the pod as files.
    defaultMode *int32 -- Permissions.
    items []DownwardAPIVolumeFile -- The files.`,
  DownwardAPIVolumeFile: `A field of the pod as a file.
    fieldRef ObjectFieldSelector -- The field.
    mode *int32 -- Permissions.
    path! string -- Path of the file.
    resourceFieldRef ResourceFieldSelector -- A resource of a container.`,
  EmptyDirVolumeSource: `A directory that lives as long as the pod.
    medium string -- Memory, or empty for the node's disk.
    sizeLimit Quantity -- Most that it may hold.`,
  EphemeralVolumeSource: `A claim that lives as long as the pod.
    volumeClaimTemplate PersistentVolumeClaimTemplate -- What the claim is like.`,
  PersistentVolumeClaimTemplate: `What a claim is like.
    metadata ObjectMeta always -- Its labels and annotations.
    spec! PersistentVolumeClaimSpec -- What is wanted.`,
  PersistentVolumeClaimSpec: `What is wanted of a claim.
    accessModes []string -- How it may be mounted.
    dataSource TypedLocalObjectReference -- What fills it.
    dataSourceRef TypedObjectReference -- What fills it.
    resources VolumeResourceRequirements always -- Its size.
    selector LabelSelector -- Which volumes may serve it.
    storageClassName *string -- Its class.
    volumeAttributesClassName *string -- Class of its attributes.
    volumeMode *string -- Filesystem or Block.
    volumeName string -- The volume bound to it.`,
  VolumeResourceRequirements: `Size of a claim.
    limits map:Quantity -- At most.
    requests map:Quantity -- At least.`,
  'TypedLocalObjectReference atomic': `Names an object in the namespace.
    apiGroup *string always -- Group.
    kind! string -- Kind.
    name! string -- Name.`,
  TypedObjectReference: `Names an object.
    apiGroup *string always -- Group.
    kind! string -- Kind.
    name! string -- Name.
    namespace *string -- Namespace.`,
  HostPathVolumeSource: `A path of the node.
    path! string -- The path.
    type *string -- What must be there.`,
  ImageVolumeSource: `An image as files.
    pullPolicy string -- When it is pulled.
    reference string -- The image.`,
  NFSVolumeSource: `A share of NFS.
    path! string -- Path of the share.
    readOnly bool -- Not writable.
    server! string -- The server.`,
  PersistentVolumeClaimVolumeSource: `A claim.
    claimName! string -- The claim.
    readOnly bool -- Not writable.`,
  ProjectedVolumeSource: `Several sources in one.
    defaultMode *int32 -- Permissions.
    sources []VolumeProjection always -- The sources.`,
  VolumeProjection: `One of the sources.
    clusterTrustBundle ClusterTrustBundleProjection -- Trusted certificates.
    configMap ConfigMapProjection -- A config map.
    downwardAPI DownwardAPIProjection -- Fields of the pod.
    secret SecretProjection -- A secret.
    serviceAccountToken ServiceAccountTokenProjection -- A token.`,
  ClusterTrustBundleProjection: `Trusted certificates.
    labelSelector LabelSelector -- Which bundles.
    name *string -- One bundle.
    optional *bool -- It may be missing.
    path! string -- Path of the file.
    signerName *string -- Their signer.`,
  ConfigMapProjection: `A config map.
    items []KeyToPath -- Which keys, and where.
    name string -- Name.
    optional *bool -- It may be missing.`,
  SecretProjection: `A secret.
    items []KeyToPath -- Which keys, and where.
    name string -- Name.
    optional *bool -- It may be missing.`,
  DownwardAPIProjection: `Fields of the pod.
    items []DownwardAPIVolumeFile -- The files.`,
  ServiceAccountTokenProjection: `A token of the service account.
    audience string -- Who it is for.
    expirationSeconds *int64 -- How long it lives.
    path! string -- Path of the file.`,
  Affinity: `Where a pod may and should be placed.
    nodeAffinity NodeAffinity -- By nodes.
    podAffinity PodAffinity -- Near other pods.
    podAntiAffinity PodAntiAffinity -- Away from other pods.`,
  NodeAffinity: `Placement by nodes.
    preferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm -- Wishes, by weight.
    requiredDuringSchedulingIgnoredDuringExecution NodeSelector -- What must hold.`,
  PreferredSchedulingTerm: `A wish.
    preference! NodeSelectorTerm -- What is preferred.
    weight! int32 -- 1 to 100.`,
  'NodeSelector atomic': `Terms of which one must hold.
    nodeSelectorTerms! []NodeSelectorTerm -- The terms.`,
  'NodeSelectorTerm atomic': `Conditions that must all hold.
    matchExpressions []NodeSelectorRequirement -- On labels.
    matchFields []NodeSelectorRequirement -- On fields.`,
  NodeSelectorRequirement: `A condition on a node.
    key! string -- The label or field.
    operator! string -- In, NotIn, Exists, DoesNotExist, Gt or Lt.
    values []string -- Values to compare with.`,
  PodAffinity: `Placement near other pods.
    preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm -- Wishes, by weight.
    requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm -- What must hold.`,
  PodAntiAffinity: `Placement away from other pods.
    preferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm -- Wishes, by weight.
    requiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm -- What must hold.`,
  WeightedPodAffinityTerm: `A wish.
    podAffinityTerm! PodAffinityTerm -- Which pods.
    weight! int32 -- 1 to 100.`,
  PodAffinityTerm: `Which pods, and what counts as near.
    labelSelector LabelSelector -- The pods.
    matchLabelKeys []string -- Labels whose values must be this pod's.
    mismatchLabelKeys []string -- Labels whose values must not be this pod's.
    namespaceSelector LabelSelector -- Their namespaces.
    namespaces []string -- Their namespaces.
    topologyKey! string -- Label of nodes that makes them near.`,
  Toleration: `A taint that a pod puts up with.
    effect string -- NoSchedule, PreferNoSchedule or NoExecute.
    key string -- Key of the taint.
    operator string -- Exists or Equal.
    tolerationSeconds *int64 -- For how long.
    value string -- Value of the taint.`,
  TopologySpreadConstraint: `How pods are spread.
    labelSelector LabelSelector -- The pods that count.
    matchLabelKeys []string -- Labels whose values must be this pod's.
    maxSkew! int32 -- Most that places may differ by.
    minDomains *int32 -- Fewest places.
    nodeAffinityPolicy *string -- Honor or Ignore.
    nodeTaintsPolicy *string -- Honor or Ignore.
    topologyKey! string -- Label of nodes that makes a place.
    whenUnsatisfiable! string -- DoNotSchedule or ScheduleAnyway.`,
}
