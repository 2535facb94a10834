/**
 * Between WGS-84, which everything inside uses, and the datums of Chinese map services.
 *
 * Only the edge calls this: the native map, `openLocation`, links to map apps.
 */
import gcoord from 'gcoord'
import type { LonLat } from './geo'

type Position = [number, number]

/** For WeChat's, Tencent's and AMap's maps. */
export function toGcj02(at: LonLat): LonLat {
  return gcoord.transform<Position>([at[0], at[1]], gcoord.WGS84, gcoord.GCJ02)
}

/** From WeChat's `getLocation({type: 'gcj02'})` or the native map. */
export function toWgs84(at: LonLat): LonLat {
  return gcoord.transform<Position>([at[0], at[1]], gcoord.GCJ02, gcoord.WGS84)
}

/** For Baidu's map. */
export function toBd09(at: LonLat): LonLat {
  return gcoord.transform<Position>([at[0], at[1]], gcoord.WGS84, gcoord.BD09)
}
