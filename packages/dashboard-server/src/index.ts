export { type Asset, type AssetSource, folderAssets } from './assets/folder.ts'
export * from './server/options.ts'
export { createDashboardServer } from './server/server.ts'
