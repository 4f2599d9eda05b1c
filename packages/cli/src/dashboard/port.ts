/** Where the dashboard listens, here and in a cluster. */
export const DASHBOARD_PORT = 7556
