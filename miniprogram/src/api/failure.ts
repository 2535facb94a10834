/** Why an answer is none: a problem document of the gateway, or nobody who answered. */

/** `code` is stable: messages and decisions hang on it, `title` and `detail` are for people who mend. */
export class ApiFailure extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    /** 0 when nobody answered. */
    readonly status: number,
  ) {
    super(`${code}: ${detail}`)
    this.name = 'ApiFailure'
  }

  /** Nobody answered: no network, or not in time. */
  get offline(): boolean {
    return this.status === 0
  }
}

/** The code of the failure of a network. */
export const OFFLINE = 'offline'
/** The code when nobody is signed in (any more). */
export const SIGNED_OUT = 'signed_out'

/** Reads an answer that is no success. */
export function failureOf(status: number, text: string): ApiFailure {
  const problem = asProblem(text)
  // Other codes with this status say that signing in itself was refused.
  if (status === 401 && (!problem.code || /^token_/.test(problem.code))) return new ApiFailure(SIGNED_OUT, problem.title, problem.detail, status)
  return new ApiFailure(problem.code ?? `http_${status}`, problem.title, problem.detail, status)
}

/** Whether an error says that nobody answered. */
export function isOffline(error: unknown): boolean {
  return error instanceof ApiFailure && error.offline
}

/** The code of an error, `internal` for one that is none of the API's. */
export function codeOf(error: unknown): string {
  return error instanceof ApiFailure ? error.code : 'internal'
}

function asProblem(text: string): { code?: string; title: string; detail: string } {
  try {
    const read = JSON.parse(text) as Record<string, unknown>
    const word = (name: string) => (typeof read[name] === 'string' ? read[name] : '')
    return { code: word('code') || undefined, title: word('title'), detail: word('detail') }
  } catch {
    return { title: '', detail: text.slice(0, 200) }
  }
}
