/** What users read when a rule is broken: one text for the CRD's CEL rules, lint, controllers and dashboard. */
export const MESSAGES = {
  stagesOrTemplate: 'give exactly one of stages (at least one) and templateRef',
  parametersWithoutTemplate: 'parameters need a templateRef',
  stageOnItself: 'a stage cannot depend on itself',
  taskOnItself: 'a task cannot depend on itself',
  unknownStage: 'every dependsOn must name a stage of this mission',
  cancelUnset: 'cancel cannot be unset; start a new run instead',
  zeroDuration: "must be longer than zero, as in '30m', '1h30m' or '300s'",
  repeatedWeapon: 'a weapon may be listed once; raise its quantity instead',
  enumWithoutValues: 'type enum needs its values in enum',
  reservedContainer: "container names that begin with 'weapon-' are reserved for the loadout",
  reservedVolume: "the volume name 'weapon-interface' is reserved for the loadout",
  reservedMount: "'/interface' is reserved for the volume weapon-interface of the loadout",
} as const
