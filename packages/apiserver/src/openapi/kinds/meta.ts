/** meta/v1: what every object has, and what the server answers with. */
import type { PackageTable } from '../model.ts'

export const META: PackageTable = {
  prefix: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  group: '',
  version: 'v1',
  types: {
    ObjectMeta: `Metadata that every stored object has.
      annotations map:string -- Free-form notes of tools, not used to select objects.
      creationTimestamp Time -- When the server stored the object first. Read-only.
      deletionGracePeriodSeconds *int64 -- Seconds that the object may still take to end. Read-only.
      deletionTimestamp Time -- When the object is to be gone; set by a deletion. Read-only.
      finalizers []string set merge -- Who must agree before the object is removed.
      generateName string -- Prefix of a name that the server completes.
      generation int64 -- Counts the changes of what is wanted. Read-only.
      labels map:string -- Keys and values by which objects are selected.
      managedFields []ManagedFieldsEntry -- Which manager owns which fields.
      name string -- Name, unique among its kind in the namespace.
      namespace string -- Namespace of the object; empty where the kind has none.
      ownerReferences []OwnerReference map(uid) merge(uid) -- Objects that this one belongs to, and goes with.
      resourceVersion string -- Opaque version of the stored object.
      selfLink string -- No longer filled in.
      uid string -- Unique in time and space. Read-only.`,
    ListMeta: `Metadata of a list.
      continue string -- Token that gets the next part.
      remainingItemCount *int64 -- How many items follow this part.
      resourceVersion string -- Version of the store that the list shows.
      selfLink string -- No longer filled in.`,
    'OwnerReference atomic': `Names an owner in the same namespace.
      apiVersion! string -- API version of the owner.
      blockOwnerDeletion *bool -- The owner stays, in a foreground deletion, until this object is gone.
      controller *bool -- The owner is the one that manages this object.
      kind! string -- Kind of the owner.
      name! string -- Name of the owner.
      uid! string -- UID of the owner.`,
    ManagedFieldsEntry: `Fields that one manager owns.
      apiVersion string -- Version in which the fields are named.
      fieldsType string -- Always FieldsV1.
      fieldsV1 FieldsV1 -- The set of fields.
      manager string -- Who owns them.
      operation string -- Apply or Update.
      subresource string -- Subresource through which they were written.
      time Time -- When the entry changed.`,
    'FieldsV1 open': 'A set of fields as a tree of keys.',
    'LabelSelector atomic': `Selects objects by labels; all conditions must hold.
      matchExpressions []LabelSelectorRequirement -- Conditions with operators.
      matchLabels map:string -- Labels with these values.`,
    LabelSelectorRequirement: `One condition on a label.
      key! string -- The label.
      operator! string -- In, NotIn, Exists or DoesNotExist.
      values []string -- Values for In and NotIn.`,
    Condition: `One aspect of the state of an object.
      lastTransitionTime! Time -- When the status last changed.
      message! string -- For people.
      observedGeneration int64 -- Generation that the condition was found for.
      reason! string -- For programs, in CamelCase.
      status! string -- True, False or Unknown.
      type! string -- The aspect.`,
    'Status meta': `Answer of the server that is no object.
      apiVersion string -- Version of the schema.
      code int32 -- HTTP code.
      details StatusDetails atomic -- More about the reason.
      kind string -- Status.
      message string -- For people.
      metadata ListMeta -- Metadata of a list.
      reason string -- For programs, in CamelCase.
      status string -- Success or Failure.`,
    StatusDetails: `What a Status is about.
      causes []StatusCause -- Errors one by one.
      group string -- Group of the object.
      kind string -- Kind of the object.
      name string -- Name of the object.
      retryAfterSeconds int32 -- Seconds to wait before another try.
      uid string -- UID of the object.`,
    StatusCause: `One error.
      field string -- Path of the field at fault.
      message string -- For people.
      reason string -- For programs.`,
    'DeleteOptions meta': `How to delete.
      apiVersion string -- Version of the schema.
      dryRun []string -- All: check, and change nothing.
      gracePeriodSeconds *int64 -- Seconds until the object is removed; 0 at once.
      ignoreStoreReadErrorWithClusterBreakingPotential *bool -- Delete even what cannot be read.
      kind string -- DeleteOptions.
      orphanDependents *bool -- Older form of propagationPolicy.
      preconditions Preconditions -- What must be true of the object.
      propagationPolicy *string -- Orphan, Background or Foreground.`,
    Preconditions: `What must be true before an object is deleted.
      resourceVersion *string -- Version that the object must have.
      uid *string -- UID that the object must have.`,
    'WatchEvent meta': `One event of a watch.
      object! any -- The object, or a Status.
      type! string -- ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.`,
    'Patch open': 'A patch, in the form that its content type says.',
  },
}
