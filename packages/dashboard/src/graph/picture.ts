/** A mission's plan as a picture to keep: drawn on a canvas with the colours of the theme. */
import type { FlightTaskRow, StageRow } from '@sortie/api'
import { cellsOf } from './cells.ts'
import { layOut } from './layout.ts'

const CARD = { width: 220, head: 44, pad: 10 }
const SPACING = { across: 56, along: 20, margin: 24 }
/** Pixels of the picture per pixel of the page. */
const SHARPNESS = 2

export interface PictureOf {
  readonly name: string
  readonly stages: readonly StageRow[]
  readonly tasks: readonly FlightTaskRow[]
}

/** Saves `<name>.png`. */
export async function drawMission(picture: PictureOf): Promise<void> {
  const canvas = paint(picture)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (blob === null) return
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `${picture.name}.png`
  link.click()
  URL.revokeObjectURL(link.href)
}

function paint({ name, stages, tasks }: PictureOf): HTMLCanvasElement {
  const theme = getComputedStyle(document.documentElement)
  const colour = (token: string): string => theme.getPropertyValue(`--${token}`).trim()
  const cards = stages.map((stage) => {
    const own = tasks
      .filter((task) => task.stageRef === stage.name)
      .toSorted((a, b) => a.index - b.index)
    return {
      stage,
      grid: cellsOf(
        own.map((task) => task.phase),
        CARD.width - 2 * CARD.pad,
      ),
    }
  })
  const layout = layOut(
    cards.map(({ stage, grid }) => ({
      id: stage.stage,
      after: stage.dependsOn,
      width: CARD.width,
      height: CARD.head + grid.height + CARD.pad,
    })),
    SPACING,
  )
  const canvas = document.createElement('canvas')
  canvas.width = layout.width * SHARPNESS
  canvas.height = (layout.height + 32) * SHARPNESS
  const pen = canvas.getContext('2d')
  if (pen === null) return canvas
  pen.scale(SHARPNESS, SHARPNESS)
  pen.fillStyle = colour('bg0')
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = colour('text1')
  pen.font = '600 16px "IBM Plex Sans Condensed", sans-serif'
  pen.fillText(name, SPACING.margin, 24)
  pen.translate(0, 24)
  pen.strokeStyle = colour('control')
  for (const edge of layout.edges) pen.stroke(new Path2D(edge.path))
  for (const { stage, grid } of cards) {
    const box = layout.boxes.get(stage.stage)
    if (box === undefined) continue
    pen.fillStyle = colour('bg2')
    pen.fillRect(box.x, box.y, box.width, box.height)
    pen.fillStyle = colour(stage.phase.toLowerCase())
    pen.fillRect(box.x, box.y, 3, box.height)
    pen.fillStyle = colour('text1')
    pen.font = '600 14px "IBM Plex Sans Condensed", sans-serif'
    pen.fillText(stage.stage, box.x + CARD.pad, box.y + 18, CARD.width - 2 * CARD.pad)
    pen.fillStyle = colour('text2')
    pen.font = '12px "IBM Plex Sans", sans-serif'
    pen.fillText(
      `${stage.phase} · ${stage.tasks.succeeded}/${stage.tasks.total}`,
      box.x + CARD.pad,
      box.y + 36,
    )
    pen.save()
    pen.translate(box.x + CARD.pad, box.y + CARD.head)
    for (const [phase, path] of grid.paths) {
      pen.fillStyle = colour(phase.toLowerCase())
      pen.fill(new Path2D(path))
    }
    pen.restore()
  }
  return canvas
}
