/**
 * A command that is tapped twice is done once: while it runs a second tap gets the same answer, and until it is settled
 * its Idempotency-Key stays the same, over a lost answer and over a reload.
 */

/** Where keys are kept: the phone's storage, or a map in a test. */
export interface Keep {
  get(name: string): string | null
  set(name: string, value: string): void
  remove(name: string): void
}

interface Kept {
  key: string
  /** What it was sent with: another content needs another key. */
  content: string
}

/** Commands of one page or store. */
export class Once {
  private readonly running = new Map<string, Promise<unknown>>()

  constructor(
    private readonly keep: Keep,
    private readonly newKey: () => string,
  ) {}

  /** The key of a command with this content; kept until `settled`. */
  keyFor(name: string, content: unknown): string {
    const text = JSON.stringify(content)
    const kept = this.kept(name)
    if (kept && kept.content === text) return kept.key
    const key = this.newKey()
    this.keep.set(this.place(name), JSON.stringify({ key, content: text } satisfies Kept))
    return key
  }

  /** The command was answered for good: the next one of this name is another. */
  settled(name: string): void {
    this.keep.remove(this.place(name))
  }

  /**
   * Runs a command under its key. A second call while it runs gets the same promise. A refusal settles it; a lost answer
   * does not, since nobody knows whether it was done.
   */
  run<T>(name: string, content: unknown, send: (key: string) => Promise<T>, isLost: (error: unknown) => boolean): Promise<T> {
    const running = this.running.get(name)
    if (running) return running as Promise<T>
    const promise = this.send(name, content, send, isLost).finally(() => this.running.delete(name))
    this.running.set(name, promise)
    return promise
  }

  private async send<T>(
    name: string,
    content: unknown,
    send: (key: string) => Promise<T>,
    isLost: (error: unknown) => boolean,
  ): Promise<T> {
    try {
      const answer = await send(this.keyFor(name, content))
      this.settled(name)
      return answer
    } catch (error) {
      if (!isLost(error)) this.settled(name)
      throw error
    }
  }

  private kept(name: string): Kept | null {
    const text = this.keep.get(this.place(name))
    if (!text) return null
    try {
      const value = JSON.parse(text) as Partial<Kept>
      return typeof value.key === 'string' && typeof value.content === 'string' ? (value as Kept) : null
    } catch {
      return null
    }
  }

  private place(name: string): string {
    return `once.${name}`
  }
}
