export { builtInTableKind, plainKind } from './builtinkinds.ts'
export { customColumns, type PrinterColumn } from './customcolumns.ts'
export { humanDuration } from './humanduration.ts'
export { type PodSummary, summarizePod } from './podcolumns.ts'
export {
  type BuildTableOptions,
  buildTable,
  type IncludeObject,
  type Table,
  type TableColumn,
  type TableColumnDefinition,
  type TableKind,
  type TableRow,
} from './table.ts'
