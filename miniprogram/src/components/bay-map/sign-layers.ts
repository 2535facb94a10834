/**
 * Layers that the app lays over the style of the gateway's tiles: signs of the states, groups, hits, the way, the driver.
 *
 * A layout property (which picture) cannot follow the state of a feature, but paint can: so each state has a layer of its own
 * that shows its sign only where the state is that one. What has no state is unknown, never free.
 */
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { BayState } from './bay-book'

/** Source and layers of the gateway's tiles. */
export const TILES = 'bowei'
export const TILE_LAYERS = ['bay', 'bay_point'] as const

export const SOURCES = {
  /** Bays from the stream, where the gateway serves no tiles. */
  loose: 'app-loose',
  groups: 'app-groups',
  hits: 'app-hits',
  way: 'app-way',
  marks: 'app-marks',
} as const

/** What can be tapped, the topmost first. */
export const TAPPED = ['app-hit', 'app-group', 'app-sign-free', 'app-sign-occupied', 'app-sign-unknown', 'app-loose', 'bay-fill'] as const

export interface Colours {
  accent: string
  free: string
  /** Occupied. */
  slate: string
  /** Unknown. */
  amber: string
  text: string
  paper: string
}

const STATES: readonly BayState[] = ['free', 'occupied', 'unknown']
/** Signs grow with the bays they lie in. */
const SIGN_SIZE: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 16, 0.3, 17, 0.42, 18, 0.62, 20, 1]
const FONT = ['sans-serif']

type StatePaint = 'fill-color' | 'fill-opacity' | 'line-color' | 'circle-color'

/** The tiles' own bays in the colours that the rest of the app has for the states. */
export function statePaint(colours: Colours): [layer: string, property: StatePaint, value: ExpressionSpecification][] {
  const state: ExpressionSpecification = ['coalesce', ['feature-state', 'state'], 'unknown']
  const colour: ExpressionSpecification = ['match', state, 'free', colours.free, 'occupied', colours.slate, colours.amber]
  const edge: ExpressionSpecification = ['case', ['boolean', ['feature-state', 'chosen'], false], colours.accent, colour]
  return [
    ['bay-fill', 'fill-color', colour],
    ['bay-fill', 'fill-opacity', ['match', state, 'free', 0.45, 'occupied', 0.22, 0.16]],
    ['bay-line', 'line-color', edge],
    ['bay-point', 'circle-color', colour],
  ]
}

/** Signs in the bays of the tiles, from zoom 16 on. */
export function signLayers(): LayerSpecification[] {
  return STATES.map((state) => ({
    id: `app-sign-${state}`,
    type: 'symbol',
    source: TILES,
    'source-layer': 'bay',
    minzoom: 16,
    layout: { 'icon-image': `sign-${state}`, 'icon-size': SIGN_SIZE, 'icon-allow-overlap': true, 'icon-ignore-placement': true },
    paint: { 'icon-opacity': ['case', ['==', ['coalesce', ['feature-state', 'state'], 'unknown'], state], 1, 0] },
  }))
}

/** Bays as points, where there are no tiles. */
export function looseLayer(): LayerSpecification {
  return {
    id: 'app-loose',
    type: 'symbol',
    source: SOURCES.loose,
    minzoom: 15,
    layout: {
      'icon-image': ['concat', 'sign-', ['get', 'state']],
      'icon-size': ['interpolate', ['linear'], ['zoom'], 15, 0.22, 16, 0.3, 18, 0.62, 20, 1],
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
  }
}

/** Groups of bays below the zoom at which they are drawn one by one; the number is of the free ones. */
export function groupLayers(colours: Colours): LayerSpecification[] {
  const some: ExpressionSpecification = ['>', ['get', 'free'], 0]
  const radius: ExpressionSpecification = ['interpolate', ['linear'], ['get', 'bays'], 1, 13, 60, 20]
  return [
    {
      id: 'app-group',
      type: 'circle',
      source: SOURCES.groups,
      maxzoom: 15,
      paint: {
        'circle-radius': radius,
        'circle-color': ['case', some, colours.free, colours.paper],
        'circle-stroke-color': ['case', some, colours.paper, colours.slate],
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'app-group-text',
      type: 'symbol',
      source: SOURCES.groups,
      maxzoom: 15,
      layout: { 'text-field': ['get', 'label'], 'text-font': FONT, 'text-size': 13, 'text-allow-overlap': true },
      paint: { 'text-color': ['case', some, colours.paper, colours.slate] },
    },
  ]
}

/** The way to drive and the walk from there. */
export function wayLayers(colours: Colours): LayerSpecification[] {
  const line = { 'line-cap': 'round', 'line-join': 'round' } as const
  const drive: ExpressionSpecification = ['==', ['get', 'by'], 'drive']
  const walk: ExpressionSpecification = ['==', ['get', 'by'], 'walk']
  const dashes = [0.2, 2]
  return [
    { id: 'app-way-edge', type: 'line', source: SOURCES.way, filter: drive, layout: line, paint: { 'line-color': colours.paper, 'line-width': 9 } },
    { id: 'app-way', type: 'line', source: SOURCES.way, filter: drive, layout: line, paint: { 'line-color': colours.accent, 'line-width': 5 } },
    { id: 'app-walk', type: 'line', source: SOURCES.way, filter: walk, layout: line, paint: { 'line-color': colours.text, 'line-width': 4, 'line-dasharray': dashes } },
  ]
}

/** Hits with their price; the driver, the place wanted and the chosen bay. */
export function markLayers(colours: Colours, scale: number): LayerSpecification[] {
  const halo = { 'text-color': colours.text, 'text-halo-color': colours.paper, 'text-halo-width': 2 } as const
  return [
    {
      id: 'app-hit',
      type: 'symbol',
      source: SOURCES.hits,
      layout: {
        'icon-image': ['concat', 'sign-', ['get', 'state']],
        'icon-size': 0.62,
        'icon-allow-overlap': true,
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 13 * scale,
        'text-anchor': 'top',
        'text-offset': [0, 0.7],
        'text-optional': true,
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: halo,
    },
    {
      id: 'app-mark',
      type: 'symbol',
      source: SOURCES.marks,
      layout: {
        'icon-image': ['concat', 'sign-', ['get', 'sign']],
        'icon-size': ['case', ['==', ['get', 'sign'], 'me'], 0.7, 1.1],
        'icon-anchor': ['case', ['==', ['get', 'sign'], 'me'], 'center', 'bottom'],
        'icon-allow-overlap': true,
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 13 * scale,
        'text-anchor': 'top',
        'text-offset': [0, 0.4],
        'text-optional': true,
      },
      paint: halo,
    },
  ]
}
