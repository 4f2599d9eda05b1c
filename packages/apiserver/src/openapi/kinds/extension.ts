/** apiextensions.k8s.io and admissionregistration.k8s.io: how the API is extended and guarded. */
import type { PackageTable } from '../model.ts'

export const APIEXTENSIONS: PackageTable = {
  prefix: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  group: 'apiextensions.k8s.io',
  version: 'v1',
  types: {
    'CustomResourceDefinition kind list': `Adds a kind to the API.
      spec! CustomResourceDefinitionSpec -- What is wanted.
      status CustomResourceDefinitionStatus always -- What is. Read-only.`,
    CustomResourceDefinitionSpec: `A kind.
      conversion CustomResourceConversion -- How versions are converted.
      group! string -- Its group.
      names! CustomResourceDefinitionNames -- Its names.
      preserveUnknownFields bool -- Must be false.
      scope! string -- Cluster or Namespaced.
      versions! []CustomResourceDefinitionVersion -- Its versions.`,
    CustomResourceConversion: `How versions are converted.
      strategy! string -- None or Webhook.
      webhook any -- The webhook.`,
    CustomResourceDefinitionNames: `Names of a kind.
      categories []string -- Groups of resources that it is listed with, as in all.
      kind! string -- In CamelCase.
      listKind string -- Kind of its lists.
      plural! string -- In paths.
      shortNames []string -- For typing.
      singular string -- In lower case.`,
    CustomResourceDefinitionVersion: `One version of a kind.
      additionalPrinterColumns []CustomResourceColumnDefinition -- Columns of tables.
      deprecated bool -- It should no longer be used.
      deprecationWarning *string -- What users are told then.
      name! string -- As in v1.
      schema CustomResourceValidation -- Its schema.
      selectableFields []SelectableField -- Fields that selectors may name.
      served! bool -- It is served.
      storage! bool -- It is the one that is stored.
      subresources CustomResourceSubresources -- Its subresources.`,
    CustomResourceColumnDefinition: `A column of a table.
      description string -- What it shows.
      format string -- Format of the type.
      jsonPath! string -- Where the value is.
      name! string -- Its head.
      priority int32 -- Above 0, only in wide tables.
      type! string -- integer, number, string, boolean or date.`,
    CustomResourceValidation: `How objects are checked.
      openAPIV3Schema JSONSchemaProps -- The schema.`,
    SelectableField: `A field that selectors may name.
      jsonPath! string -- Where it is.`,
    CustomResourceSubresources: `Subresources of a kind.
      scale CustomResourceSubresourceScale -- How it is scaled.
      status CustomResourceSubresourceStatus -- Its status is written apart.`,
    'CustomResourceSubresourceStatus open': 'Says that there is a status.',
    CustomResourceSubresourceScale: `Where the numbers of a scale are.
      labelSelectorPath *string -- The selector.
      specReplicasPath! string -- How many are wanted.
      statusReplicasPath! string -- How many there are.`,
    CustomResourceDefinitionStatus: `State of a kind.
      acceptedNames CustomResourceDefinitionNames always -- Names in use.
      conditions []CustomResourceDefinitionCondition map(type) always -- Aspects of its state.
      storedVersions []string always -- Versions that were ever stored.`,
    CustomResourceDefinitionCondition: `One aspect of a kind's state.
      lastTransitionTime Time always -- When the status changed.
      message string -- For people.
      reason string -- For programs.
      status! string -- True, False or Unknown.
      type! string -- The aspect.`,
    JSONSchemaProps: `A schema.
      $ref *string -- Not supported.
      $schema string -- Not supported.
      additionalItems any -- Not supported.
      additionalProperties any -- Schema of fields that properties does not name.
      allOf []JSONSchemaProps -- All must hold.
      anyOf []JSONSchemaProps -- At least one must hold.
      default any -- Filled in where the field is missing.
      definitions map:JSONSchemaProps -- Not supported.
      dependencies any -- Not supported.
      description string -- For people.
      enum []any -- The values that are allowed.
      example any -- An example.
      exclusiveMaximum bool -- The maximum itself is not allowed.
      exclusiveMinimum bool -- The minimum itself is not allowed.
      externalDocs any -- Documents elsewhere.
      format string -- Format of a string or number.
      id string -- Not supported.
      items any -- Schema of the items.
      maxItems *int64 -- Most items.
      maxLength *int64 -- Most characters.
      maxProperties *int64 -- Most fields.
      maximum *number -- Largest value.
      minItems *int64 -- Fewest items.
      minLength *int64 -- Fewest characters.
      minProperties *int64 -- Fewest fields.
      minimum *number -- Smallest value.
      multipleOf *number -- Values are multiples of it.
      not JSONSchemaProps -- Must not hold.
      nullable bool -- Null is allowed.
      oneOf []JSONSchemaProps -- Exactly one must hold.
      pattern string -- Regular expression of a string.
      patternProperties map:JSONSchemaProps -- Not supported.
      properties map:JSONSchemaProps -- Schemas of fields.
      required []string -- Fields that must be there.
      title string -- For people.
      type string -- object, array, string, integer, number or boolean.
      uniqueItems bool -- Must be false.
      x-kubernetes-embedded-resource bool -- A whole object of the API.
      x-kubernetes-int-or-string bool -- An integer or a string.
      x-kubernetes-list-map-keys []string -- Fields that tell items of a map list apart.
      x-kubernetes-list-type *string -- atomic, set or map.
      x-kubernetes-map-type *string -- granular or atomic.
      x-kubernetes-preserve-unknown-fields *bool -- Unknown fields are kept.
      x-kubernetes-validations []ValidationRule map(rule) merge(rule) -- Rules in CEL.`,
    ValidationRule: `A rule in CEL.
      fieldPath string -- Field that a failure is reported at.
      message string -- What a failure says.
      messageExpression string -- The same as an expression.
      optionalOldSelf *bool -- oldSelf is optional, and the rule runs without it.
      reason *string -- Reason of a failure.
      rule! string -- The expression.`,
  },
}

export const ADMISSION: PackageTable = {
  prefix: 'io.k8s.api.admissionregistration.v1',
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  types: {
    'ValidatingAdmissionPolicy kind list': `Rules in CEL that writes must pass.
      spec ValidatingAdmissionPolicySpec always -- What is wanted.
      status ValidatingAdmissionPolicyStatus always -- What is. Read-only.`,
    ValidatingAdmissionPolicySpec: `The rules.
      auditAnnotations []AuditAnnotation -- What is noted in the audit log.
      failurePolicy *string -- Fail or Ignore.
      matchConditions []MatchCondition map(name) merge(name) -- Further conditions.
      matchConstraints MatchResources -- Which writes.
      paramKind ParamKind -- Kind of the parameters.
      validations []Validation -- The rules.
      variables []Variable map(name) merge(name) -- Values that rules share.`,
    AuditAnnotation: `A note in the audit log.
      key! string -- Key.
      valueExpression! string -- Value, in CEL.`,
    MatchCondition: `A further condition.
      expression! string -- The condition, in CEL.
      name! string -- Name.`,
    'MatchResources atomic': `Which writes.
      excludeResourceRules []NamedRuleWithOperations -- Not these.
      matchPolicy *string -- Exact or Equivalent.
      namespaceSelector LabelSelector -- In which namespaces.
      objectSelector LabelSelector -- Of which objects.
      resourceRules []NamedRuleWithOperations -- These.`,
    'NamedRuleWithOperations atomic': `Resources and what is done to them.
      apiGroups []string -- Groups.
      apiVersions []string -- Versions.
      operations []string -- CREATE, UPDATE, DELETE, CONNECT.
      resourceNames []string -- Names.
      resources []string -- Resources.
      scope *string -- Cluster, Namespaced or *.`,
    'ParamKind atomic': `Kind of parameters.
      apiVersion string -- API version.
      kind string -- Kind.`,
    Validation: `A rule.
      expression! string -- The rule, in CEL.
      message string -- What a failure says.
      messageExpression string -- The same as an expression.
      reason *string -- Reason of a failure.`,
    'Variable atomic': `A value that rules share.
      expression! string -- The value, in CEL.
      name! string -- Name.`,
    ValidatingAdmissionPolicyStatus: `State of a policy.
      conditions []Condition map(type) -- Aspects of its state.
      observedGeneration int64 -- Generation that was looked at.
      typeChecking TypeChecking -- What the type check found.`,
    TypeChecking: `What the type check found.
      expressionWarnings []ExpressionWarning -- Warnings.`,
    ExpressionWarning: `A warning.
      fieldRef! string -- Path of the expression.
      warning! string -- The warning.`,
    'ValidatingAdmissionPolicyBinding kind list': `Puts a policy into force.
      spec ValidatingAdmissionPolicyBindingSpec always -- What is wanted.`,
    ValidatingAdmissionPolicyBindingSpec: `How a policy is in force.
      matchResources MatchResources -- Which writes, beside the policy's own.
      paramRef ParamRef -- The parameters.
      policyName string -- The policy.
      validationActions []string set -- Deny, Warn, Audit.`,
    'ParamRef atomic': `Names parameters.
      name string -- Name.
      namespace string -- Namespace.
      parameterNotFoundAction *string -- Allow or Deny.
      selector LabelSelector -- By labels.`,
  },
}
