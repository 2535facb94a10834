/**
 * The gateway's demo on free ports with a data folder of its own: a small town by day, a minute a second.
 *
 * The demo begins at 08:00, when the night has just been free; a first, faster run brings it to a time of day
 * at which two hours of parking cost something. It ends with the test process.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { APP, ARTEFACTS, GATEWAY } from './places.ts'
import { townFile } from './town-file.ts'

/** City seconds a second. */
export const SPEED = 60
/** For the way to a useful time of day; not the fastest, since draining at its end takes a second or more. */
const BRISK = 900
/** Over days on which nothing has to happen in time. */
const FASTEST = 3600
const FIRST_HOURS = 2.5
const READY_WITHIN_MS = 60_000
const USUAL = ['--bays', '40', '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0']

export class Town {
  private constructor(
    /** `http://127.0.0.1:…`, without a slash at the end. */
    readonly url: string,
    readonly sandbox: string,
    /** With name and password of the street's sensors. */
    readonly broker: string,
    private readonly data: string,
    private readonly program: ChildProcess,
  ) {}

  /**
   * A town with the tests' street at half past ten of the first day. What happens `meanwhile` does so then, a minute a second (faster, a
   * busy machine would be an hour late), and the town goes on until `hours` after the first day's 08:00.
   */
  static async start(hours = FIRST_HOURS, meanwhile?: (town: Town) => Promise<void>): Promise<Town> {
    mkdirSync(ARTEFACTS, { recursive: true })
    const data = mkdtempSync(`${ARTEFACTS}/town-`)
    writeFileSync(`${data}/town.json`, townFile())
    execFileSync(GATEWAY, ['migrate', '--data', data])
    execFileSync(GATEWAY, ['import', 'town', `${data}/town.json`, '--data', data])
    await Town.pass(data, BRISK, FIRST_HOURS)
    if (meanwhile) {
      const town = await Town.run(data, SPEED)
      await meanwhile(town)
      await town.end()
      await Town.pass(data, FASTEST, hours)
    }
    return Town.run(data, SPEED)
  }

  /** Until so many hours after the first day's 08:00. */
  private static async pass(data: string, speed: number, hours: number): Promise<void> {
    const town = await Town.run(data, speed)
    await town.until(Date.UTC(2026, 8, 15) + hours * 3_600_000)
    await town.end()
  }

  private static async run(data: string, speed: number): Promise<Town> {
    // The mini-program's tests need no H5.
    const web = existsSync(`${APP}/index.html`) ? ['--web', APP] : []
    const switches = ['demo', '--data', data, '--speed', String(speed), ...web, ...USUAL]
    const program = spawn(GATEWAY, switches, { stdio: ['ignore', 'pipe', 'pipe'] })
    process.once('exit', () => program.kill('SIGKILL'))
    const said = await listening(program)
    const find = (pattern: RegExp) => {
      const found = pattern.exec(said)?.[1]
      if (!found) throw new Error(`the demo did not say ${pattern}:\n${said}`)
      return found
    }
    const url = find(/API description +(http:\/\/[\d.:]+)\/api/)
    const sandbox = find(/sandbox +(http:\/\/[\d.:]+)/)
    const broker = readFileSync(`${data}/broker.url`, 'utf8').trim()
    const town = new Town(url, sandbox, broker, data, program)
    await town.json('/healthz')
    return town
  }

  /** Which app of WeChat's the sandbox takes payments from. */
  get appId(): string {
    const app = JSON.parse(readFileSync(`${this.data}/sandbox/merchant/app.json`, 'utf8')) as { appid: string }
    return app.appid
  }

  async json<T = Record<string, unknown>>(path: string, init?: RequestInit): Promise<T> {
    const answer = await fetch(`${this.url}${path}`, init)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** City time, milliseconds. */
  async now(): Promise<number> {
    const { now } = await this.json<{ now: string }>('/healthz')
    return Date.parse(now)
  }

  async until(cityMs: number): Promise<void> {
    while ((await this.now()) < cityMs) await new Promise((done) => setTimeout(done, 50))
  }

  /** Drains and ends, keeping its data. */
  private async end(): Promise<void> {
    if (this.program.exitCode !== null) return
    const ended = new Promise((done) => this.program.once('exit', done))
    this.program.kill('SIGTERM')
    await ended
  }

  async stop(): Promise<void> {
    await this.end()
    rmSync(this.data, { recursive: true, force: true })
  }
}

/** What the demo prints until it runs; its log is kept flowing afterwards. */
function listening(program: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = ''
    const late = setTimeout(() => fail(new Error(`the demo did not start:\n${said}`)), READY_WITHIN_MS)
    const hear = (part: Buffer) => {
      said += String(part)
      if (said.includes('Ctrl-C')) {
        clearTimeout(late)
        done(said)
      }
    }
    program.stdout?.on('data', hear)
    program.stderr?.on('data', hear)
    program.once('exit', (code) => fail(new Error(`the demo ended with ${code}:\n${said}`)))
    program.once('error', fail)
  })
}
