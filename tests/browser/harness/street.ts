/**
 * The sensors of the tests' street: what they say goes to the town's broker as native readings over MQTT, and comes
 * back as the state of a bay. A bay that was never spoken for is unknown. Heartbeats go on by themselves.
 */
import mqtt, { type MqttClient } from 'mqtt'
import { deviceKey } from './town-file.ts'
import type { Town } from './town.ts'
import { SPEED } from './town.ts'

const MINUTE_MS = 60_000
/** A sensor is heard of at least every 20 minutes of city time. */
const BEAT_EVERY_MS = 15 * MINUTE_MS

interface Sensor { seq: number; occupied: boolean }
type Kind = 'occupied' | 'vacant' | 'heartbeat'

export class Street {
  private readonly boot = Math.random().toString(16).slice(2, 10)
  private readonly sensors = new Map<string, Sensor>()
  private readonly silent = new Set<string>()
  private readonly beating: NodeJS.Timeout

  private constructor(private readonly town: Town, private readonly broker: MqttClient, speed: number) {
    this.beating = setInterval(() => void this.beat().catch(() => undefined), BEAT_EVERY_MS / speed)
  }

  static async of(town: Town, speed = SPEED): Promise<Street> {
    const address = new URL(town.broker.replace(/^mqtt:/, 'http:'))
    const broker = await mqtt.connectAsync(`mqtt://${address.host}`, {
      username: decodeURIComponent(address.username),
      password: decodeURIComponent(address.password),
      protocolVersion: 5,
    })
    return new Street(town, broker, speed)
  }

  /** Nobody stands there. */
  async free(...bays: string[]): Promise<void> {
    for (const bay of bays) await this.change(bay, false, await this.town.now())
  }

  /** A vehicle drives in, now. */
  async arrives(bay: string): Promise<void> {
    await this.change(bay, true, await this.town.now())
  }

  /** The vehicle drives off, now. */
  async leaves(bay: string): Promise<void> {
    await this.change(bay, false, await this.town.now())
  }

  /** A vehicle has stood there for so long, heard of every 20 minutes; the bay must not have been spoken for. */
  async stoodFor(bay: string, minutes: number): Promise<void> {
    const now = await this.town.now()
    const before = (ago: number) => now - ago * MINUTE_MS
    // Counted in the order in which they were so.
    const readings = [
      this.reading(bay, 'vacant', false, before(minutes + 15)),
      this.reading(bay, 'occupied', true, before(minutes)),
    ]
    for (let ago = minutes - 20; ago > 0; ago -= 20) readings.push(this.reading(bay, 'heartbeat', true, before(ago)))
    await this.say(bay, readings)
    await this.shown(bay, 'occupied')
  }

  /** Its sensor says nothing any more; after an hour of the city the bay is unknown. */
  hush(bay: string): void {
    this.silent.add(bay)
  }

  /** At any instant. */
  async change(bay: string, occupied: boolean, atMs: number): Promise<void> {
    await this.say(bay, [this.reading(bay, occupied ? 'occupied' : 'vacant', occupied, atMs)])
    await this.shown(bay, occupied ? 'occupied' : 'free')
  }

  async end(): Promise<void> {
    clearInterval(this.beating)
    await this.broker.endAsync()
  }

  private reading(bay: string, kind: Kind, occupied: boolean, atMs: number) {
    const sensor = this.sensors.get(bay) ?? { seq: 0, occupied }
    this.sensors.set(bay, { seq: sensor.seq + 1, occupied })
    return { boot_id: this.boot, seq: sensor.seq + 1, kind, occupied, at: new Date(atMs).toISOString() }
  }

  private async say(bay: string, readings: unknown[]): Promise<void> {
    await this.broker.publishAsync(`bowei/v1/${deviceKey(bay)}/up`, JSON.stringify(readings), { qos: 1 })
  }

  private async beat(): Promise<void> {
    const now = await this.town.now()
    for (const [bay, { occupied }] of this.sensors) {
      if (!this.silent.has(bay)) await this.say(bay, [this.reading(bay, 'heartbeat', occupied, now)])
    }
  }

  /** Waits until the gateway shows it. */
  private async shown(bay: string, state: string): Promise<void> {
    const until = Date.now() + 45_000
    while ((await this.town.json<{ state: string }>(`/api/v1/bays/${bay}`)).state !== state) {
      if (Date.now() > until) throw new Error(`bay ${bay} did not become ${state}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }
}
