/**
 * A street for the tests, put into the demo's town beside its own streets: no simulated driver knows it, so that
 * what happens in its bays is what a test makes happen.
 *
 * Operator, payee and tariff are the demo's. Twelve bays lie along each kerb of the town's southern street.
 */
import { readFileSync } from 'node:fs'
import { REPOSITORY } from './places.ts'

const COMPANY = '白银示例停车运营有限公司（演示）'
export const STREET = '试验路'
const BAYS = 24
const [CENTRE_LON, CENTRE_LAT] = [104.17, 36.55]
/** One degree of latitude in metres, as `vocabulary::Point` has it. */
const DEGREE_M = 111_195.08

export function bayCode(number: number): string {
  return `SY${String(number).padStart(2, '0')}`
}

export const deviceKey = (bay: string): string => `sy-${bay.toLowerCase()}`

/** 7 m from bay to bay, north kerb first. */
function place(number: number): { lon: number; lat: number } {
  const [along, north] = [(number - 1) % 12, number <= 12]
  const [east_m, north_m] = [-40 + along * 7, north ? -85 : -95]
  const lonDegree = DEGREE_M * Math.cos((CENTRE_LAT * Math.PI) / 180)
  const round = (value: number) => Math.round(value * 1e7) / 1e7
  return { lon: round(CENTRE_LON + east_m / lonDegree), lat: round(CENTRE_LAT + north_m / DEGREE_M) }
}

export function townFile(): string {
  const numbers = Array.from({ length: BAYS }, (_, at) => at + 1)
  const block = (number: number) => (number <= 12 ? 'SY-N' : 'SY-S')
  return JSON.stringify({
    format: 'bowei-town/1',
    note: 'a street for browser tests',
    operator: { name: COMPANY },
    payee: {
      name: COMPANY,
      tax_id: '91620400MA00SAMPLE',
      regime: 'vat',
      tax_items: [{
        valid_from: '2026-01-01', code: '3040502020200000000', short_name: '生产生活服务', name: '车辆停放服务', rate_bp: 900,
      }],
    },
    tariffs: [readFileSync(`${REPOSITORY}/billing/tariffs/demo-baiyin-road-1.yaml`, 'utf8')],
    zones: [{ code: 'trial', name: '试验路段', tariff: 'demo-baiyin-road-1' }],
    blocks: [
      { code: 'SY-N', zone: 'trial', street: STREET, side: 'north' },
      { code: 'SY-S', zone: 'trial', street: STREET, side: 'south' },
    ],
    bays: numbers.map((number) => ({ code: bayCode(number), block: block(number), heading_deg: 270, ...place(number) })),
    devices: numbers.map((number) => ({
      key: deviceKey(bayCode(number)), network: 'native', device_type: 'native', bay_code: bayCode(number),
    })),
  })
}
