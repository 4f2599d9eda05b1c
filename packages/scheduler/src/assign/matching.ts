/**
 * Minimum-cost assignment by shortest augmenting paths, one row at a time, on the pairs that are possible at all.
 *
 * Rows are pods, columns are nodes that take one pod or more. A row that was matched once stays matched: later rows may
 * move it to another column but never push it out. So among all sets of rows that can be matched together the one found
 * is the first in the order of the rows, it is as large as any, and its total cost is the least possible.
 * The method is Dijkstra's with reduced costs (Jonker and Volgenant's augmentation step, for columns with a capacity).
 */

export interface MatchingProblem {
  /** The class of each row: rows that are alike share their pairs. */
  readonly classes: Int32Array
  /** How many rows each column can take. */
  readonly capacities: Int32Array
  /** The pairs of class c are at offsets[c] .. offsets[c + 1], cheapest first; among equals the first is preferred. */
  readonly offsets: Int32Array
  readonly columns: Int32Array
  /** Not negative; whole numbers below 2^40 are added up exactly. */
  readonly costs: Float64Array
}

export interface Matching {
  /** Matches a row, moving others where needed. False where that is not possible; nothing has changed then. */
  augment(row: number): boolean
  /** The column of a row, or -1. */
  columnOf(row: number): number
  /** The column's rows are as many as it takes. */
  isFull(column: number): boolean
  /** Cost of all that is matched. */
  cost(): number
  /** A copy of the state to go back to. */
  save(): SavedMatching
  restore(saved: SavedMatching): void
}

export interface SavedMatching {
  readonly state: State
}

interface State {
  /** Column of each row, or -1. */
  readonly match: Int32Array
  /** Position in `costs` of each row's pair. */
  readonly pair: Int32Array
  readonly rowDual: Float64Array
  readonly columnDual: Float64Array
  readonly taken: Int32Array
  /** The rows of a column as a doubly linked list. */
  readonly first: Int32Array
  readonly next: Int32Array
  readonly previous: Int32Array
}

const NONE = -1

export function createMatching(problem: MatchingProblem): Matching {
  const { classes, capacities, costs, offsets } = problem
  const rows = classes.length
  const state = emptyState(rows, capacities.length)
  const search = createSearch(capacities.length, offsets.length - 1)
  return {
    augment(row) {
      if (state.match[row] !== NONE) return true
      const isFound = findPath(problem, { state, search }, row)
      if (isFound) applyPath(state, search, row)
      clearSearch(search)
      return isFound
    },
    columnOf: (row) => state.match[row] ?? NONE,
    isFull: (column) => (state.taken[column] ?? 0) >= (capacities[column] ?? 0),
    cost() {
      let total = 0
      for (let row = 0; row < rows; row++) {
        if (state.match[row] !== NONE) total += costs[state.pair[row] ?? 0] ?? 0
      }
      return total
    },
    save: () => ({ state: copyState(state) }),
    restore(saved) {
      for (const name of Object.keys(state) as (keyof State)[]) state[name].set(saved.state[name])
    },
  }
}

function emptyState(rows: number, columns: number): State {
  return {
    match: new Int32Array(rows).fill(NONE),
    pair: new Int32Array(rows).fill(NONE),
    rowDual: new Float64Array(rows),
    columnDual: new Float64Array(columns),
    taken: new Int32Array(columns),
    first: new Int32Array(columns).fill(NONE),
    next: new Int32Array(rows).fill(NONE),
    previous: new Int32Array(rows).fill(NONE),
  }
}

function copyState(state: State): State {
  return {
    match: state.match.slice(),
    pair: state.pair.slice(),
    rowDual: state.rowDual.slice(),
    columnDual: state.columnDual.slice(),
    taken: state.taken.slice(),
    first: state.first.slice(),
    next: state.next.slice(),
    previous: state.previous.slice(),
  }
}

/** What one search for a path needs; cleared by what it touched, so that a search costs what it looks at. */
interface Search {
  /** Of full columns; those with room matter only where one of them is the nearest of all. */
  readonly distance: Float64Array
  /** Row from which a column was reached, and the pair by which. */
  readonly fromRow: Int32Array
  readonly fromPair: Int32Array
  readonly isDone: Uint8Array
  readonly touched: number[]
  /** Full columns whose distance is final, in order. */
  readonly done: number[]
  /** How near each class has been looked from: looking again from further away finds nothing. */
  readonly classBase: Float64Array
  readonly touchedClasses: number[]
  readonly heap: ColumnHeap
  /** The nearest column with room so far. */
  sink: number
  sinkDistance: number
}

function createSearch(columns: number, classes: number): Search {
  return {
    distance: new Float64Array(columns).fill(Number.POSITIVE_INFINITY),
    fromRow: new Int32Array(columns),
    fromPair: new Int32Array(columns),
    isDone: new Uint8Array(columns),
    touched: [],
    done: [],
    classBase: new Float64Array(classes).fill(Number.POSITIVE_INFINITY),
    touchedClasses: [],
    heap: createColumnHeap(),
    sink: NONE,
    sinkDistance: Number.POSITIVE_INFINITY,
  }
}

function clearSearch(search: Search): void {
  for (const column of search.touched) {
    search.distance[column] = Number.POSITIVE_INFINITY
    search.isDone[column] = 0
  }
  for (const one of search.touchedClasses) search.classBase[one] = Number.POSITIVE_INFINITY
  search.touched.length = 0
  search.touchedClasses.length = 0
  search.done.length = 0
  search.heap.clear()
  search.sink = NONE
  search.sinkDistance = Number.POSITIVE_INFINITY
}

interface Workspace {
  readonly state: State
  readonly search: Search
}

/** Finds the cheapest way to a column with room; false where there is none. */
function findPath(problem: MatchingProblem, work: Workspace, row: number): boolean {
  const { state, search } = work
  relaxRow(problem, work, { row, at: 0 })
  for (;;) {
    const column = search.heap.pop()
    if (column === NONE) break
    const at = search.distance[column] ?? 0
    if (search.isDone[column] === 1) continue
    if (at >= search.sinkDistance) break
    search.isDone[column] = 1
    search.done.push(column)
    for (let other = state.first[column] ?? NONE; other !== NONE; ) {
      relaxRow(problem, work, { row: other, at })
      other = state.next[other] ?? NONE
    }
  }
  return search.sink !== NONE
}

/** Looks from a row, itself reached at a distance, to the columns that are nearer than the nearest with room. */
function relaxRow(
  { classes, offsets, columns, costs, capacities }: MatchingProblem,
  { state, search }: Workspace,
  { row, at }: { readonly row: number; readonly at: number },
): void {
  const { distance, classBase, fromRow, fromPair } = search
  const base = at - (state.rowDual[row] ?? 0)
  const own = classes[row] ?? 0
  if (base >= (classBase[own] ?? 0)) return
  if (classBase[own] === Number.POSITIVE_INFINITY) search.touchedClasses.push(own)
  classBase[own] = base
  const end = offsets[own + 1] ?? 0
  for (let pair = offsets[own] ?? 0; pair < end; pair++) {
    const straight = base + (costs[pair] ?? 0)
    // A column's dual is never above zero, so that no later pair is nearer.
    if (straight >= search.sinkDistance) return
    const column = columns[pair] ?? 0
    const reached = straight - (state.columnDual[column] ?? 0)
    if (reached >= search.sinkDistance || reached >= (distance[column] ?? 0)) continue
    fromRow[column] = row
    fromPair[column] = pair
    if ((state.taken[column] ?? 0) < (capacities[column] ?? 0)) {
      search.sink = column
      search.sinkDistance = reached
      continue
    }
    if (distance[column] === Number.POSITIVE_INFINITY) search.touched.push(column)
    distance[column] = reached
    search.heap.push(reached, column)
  }
}

/** Changes the duals so that all pairs in use stay tight, and then the pairs along the path. */
function applyPath(state: State, search: Search, row: number): void {
  const { sink, sinkDistance } = search
  for (const column of search.done) {
    const gain = sinkDistance - (search.distance[column] ?? 0)
    state.columnDual[column] = (state.columnDual[column] ?? 0) - gain
    for (
      let other = state.first[column] ?? NONE;
      other !== NONE;
      other = state.next[other] ?? NONE
    ) {
      state.rowDual[other] = (state.rowDual[other] ?? 0) + gain
    }
  }
  state.rowDual[row] = (state.rowDual[row] ?? 0) + sinkDistance
  state.taken[sink] = (state.taken[sink] ?? 0) + 1
  for (let column = sink; ; ) {
    const mover = search.fromRow[column] ?? NONE
    const vacated = state.match[mover] ?? NONE
    if (vacated !== NONE) unlink(state, mover, vacated)
    link(state, mover, column)
    state.pair[mover] = search.fromPair[column] ?? NONE
    if (mover === row) return
    column = vacated
  }
}

function link(state: State, row: number, column: number): void {
  const head = state.first[column] ?? NONE
  state.match[row] = column
  state.next[row] = head
  state.previous[row] = NONE
  if (head !== NONE) state.previous[head] = row
  state.first[column] = row
}

function unlink(state: State, row: number, column: number): void {
  const before = state.previous[row] ?? NONE
  const after = state.next[row] ?? NONE
  if (before === NONE) state.first[column] = after
  else state.next[before] = after
  if (after !== NONE) state.previous[after] = before
  state.match[row] = NONE
}

interface ColumnHeap {
  push(distance: number, column: number): void
  /** The column with the least distance, or NONE. A column may come more than once. */
  pop(): number
  clear(): void
}

function createColumnHeap(): ColumnHeap {
  let keys = new Float64Array(256)
  let columns = new Int32Array(256)
  let size = 0
  const grow = (): void => {
    const moreKeys = new Float64Array(keys.length * 2)
    const moreColumns = new Int32Array(keys.length * 2)
    moreKeys.set(keys)
    moreColumns.set(columns)
    keys = moreKeys
    columns = moreColumns
  }
  const put = (at: number, key: number, column: number): void => {
    keys[at] = key
    columns[at] = column
  }
  const isLess = (a: number, key: number): boolean => (keys[a] ?? 0) < key
  return {
    push(distance, column) {
      if (size === keys.length) grow()
      let at = size++
      while (at > 0) {
        const parent = (at - 1) >> 1
        if ((keys[parent] ?? 0) <= distance) break
        put(at, keys[parent] ?? 0, columns[parent] ?? 0)
        at = parent
      }
      put(at, distance, column)
    },
    pop() {
      if (size === 0) return NONE
      const top = columns[0] ?? NONE
      const key = keys[--size] ?? 0
      const column = columns[size] ?? 0
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= size) break
        if (child + 1 < size && isLess(child + 1, keys[child] ?? 0)) child++
        if (!isLess(child, key)) break
        put(at, keys[child] ?? 0, columns[child] ?? 0)
        at = child
      }
      put(at, key, column)
      return top
    },
    clear() {
      size = 0
    },
  }
}
