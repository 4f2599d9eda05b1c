/** This version of Sortie; packages, chart and image carry the same. */
export const VERSION = '0.1.0'
